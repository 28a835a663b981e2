import {
  type Attempt,
  type BatchDescriptor,
  type ErrorCode,
  isMillraceError,
  MillraceError,
  retryDelayMs,
  type StatusReason,
} from "@millrace/core";
import type { WorkerContext } from "../run/context.ts";
import type { ReadyBatch } from "./backlog.ts";
import type { Committer } from "./committer.ts";
import type { LeaseBook } from "./lease-book.ts";
import { persist } from "./persist.ts";
import { errorRows } from "./rows.ts";

/** Errors of the input: trying again or splitting the batch would change nothing. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  "input_changed",
  "malformed_input",
  "item_too_large",
  "object_not_found",
]);

/** Ranges that one worker lets fail for good, unsplit, before it takes it that nothing will succeed. */
const MAX_FAILED_IN_VAIN = 100;

/** A batch that failed, with its items where they could be read. */
export type FailedBatch = Pick<ReadyBatch, "lease"> & Partial<Pick<ReadyBatch, "items" | "halves">>;

/** What becomes of a batch that failed: another try, two halves, or error rows. */
export class FailurePolicy {
  readonly #context: WorkerContext;
  readonly #leases: LeaseBook;
  readonly #committer: Committer;
  /** Ranges that used up their attempts here while no item of the job had succeeded: to be split, or for good. */
  readonly #inVain = { split: 0, failed: 0 };

  constructor(options: { context: WorkerContext; leases: LeaseBook; committer: Committer }) {
    this.#context = options.context;
    this.#leases = options.leases;
    this.#committer = options.committer;
  }

  /** How often a range is tried. Halves of a batch that failed are tried once, single items again in full. */
  allowedAttempts(batch: BatchDescriptor): number {
    return batch.priorAttempts === undefined || batch.count === 1 ? this.#context.job.maxAttempts : 1;
  }

  /** Records the failed attempt and settles the batch. Returns a reason when the breaker trips: the job should end. */
  async failed(batch: FailedBatch, error: unknown): Promise<StatusReason | undefined> {
    const { backend, job, worker, logger } = this.#context;
    const { first, count } = batch.lease.batch;
    const attempt = { first, count, worker, endedAtMs: Date.now(), error: attemptError(error) };
    const attempts = await persist(() => backend.ledger.batches.recordAttempt(job.jobId, attempt), {
      logger,
    });
    const final = isMillraceError(error) && FINAL_CODES.has(error.code);
    if (!final && attempts < this.allowedAttempts(batch.lease.batch)) {
      await persist(() => this.#leases.release([batch.lease.receipt], retryDelayMs(attempts)), { logger });
      return undefined;
    }
    return this.exhausted(batch, { attempts, error: attempt.error, final });
  }

  /**
   * Charges a suspect with the end of its last worker, before it is predicted again: should it end this one, too, nobody
   * would be left to say so.
   */
  async chargeSuspect({ lease }: Pick<ReadyBatch, "lease">): Promise<void> {
    const { backend, job, worker, logger } = this.#context;
    const { first, count } = lease.batch;
    const error = {
      code: "predictor_crashed" satisfies ErrorCode,
      message:
        "Cannot tell what came of the batch: the worker that had it ended at once, killed by the predictor, by the system or by hand",
    };
    const attempt = { first, count, worker, endedAtMs: Date.now(), error };
    await persist(() => backend.ledger.batches.recordAttempt(job.jobId, attempt), { logger });
  }

  /** Settles a batch that may not be tried again. */
  async exhausted(
    batch: FailedBatch,
    options: { readonly attempts: number; readonly error: Attempt["error"]; readonly final?: boolean },
  ): Promise<StatusReason | undefined> {
    const { job, worker } = this.#context;
    const descriptor = batch.lease.batch;
    const tried = (descriptor.priorAttempts ?? 0) + options.attempts;
    if (job.onFailure === "isolate" && descriptor.count > 1 && batch.halves && !options.final) {
      // Bisecting is for rare failures. One bad item uses up about log2(count) ranges on the way down before its
      // neighbours succeed; several times that without any success means that everything fails.
      const limit = 8 + 2 * Math.ceil(Math.log2(descriptor.count));
      const reason = await this.#nothingSucceeds("split", { limit, error: options.error });
      if (!reason) await this.#split(batch.lease.receipt, { descriptor, halves: batch.halves(), tried });
      return reason;
    }
    if (!options.final) {
      const reason = await this.#nothingSucceeds("failed", {
        limit: MAX_FAILED_IN_VAIN,
        error: options.error,
      });
      if (reason) return reason;
    }
    const { code, type, message } = options.error;
    const text = type === undefined ? message : `${type}: ${message}`;
    const rows = errorRows(descriptor, {
      ...(batch.items && { items: batch.items }),
      idsFrom: job.dataset.kind,
      error: { code, message: text, attempts: tried },
    });
    this.#committer.add({
      lease: batch.lease,
      commit: { batch: descriptor, rows, failedItems: descriptor.count, predictMs: 0, worker },
    });
    return undefined;
  }

  async #split(
    receipt: string,
    options: {
      descriptor: BatchDescriptor;
      halves: readonly [BatchDescriptor, BatchDescriptor];
      tried: number;
    },
  ): Promise<void> {
    const { backend, job, logger } = this.#context;
    const entries = options.halves.map((half) => ({ batch: { ...half, priorAttempts: options.tried } }));
    // The marker comes first: once it stands the whole range can never be committed, so halves cannot double it;
    // and whoever is delivered the range again finds its attempts used up and sends the same halves again.
    const split = await persist(() => backend.ledger.batches.split(job.jobId, options.descriptor), {
      logger,
    });
    if (split) await persist(() => backend.queue.send(job.jobId, entries), { logger });
    await this.#leases.ack([receipt]);
  }

  /** The breaker: counts one more range, and tells why the job should end once there are more than `limit`. */
  async #nothingSucceeds(
    outcome: "split" | "failed",
    { limit, error }: { readonly limit: number; readonly error: Attempt["error"] },
  ): Promise<StatusReason | undefined> {
    const { backend, job } = this.#context;
    const progress = await backend.ledger.batches.progress(job.jobId);
    if (progress.succeededItems > 0) return undefined;
    this.#inVain[outcome] += 1;
    if (this.#inVain[outcome] <= limit) return undefined;
    return {
      code: "nothing_succeeds",
      message:
        `Stopped early: ${this.#inVain[outcome]} batches failed for good and no item has succeeded; ` +
        `last error: ${error.type ? `${error.type}: ` : ""}${error.message}. Mend the predictor, deploy it and retry the job`,
    };
  }
}

function attemptError(error: unknown): Attempt["error"] {
  if (!isMillraceError(error)) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return attemptError(new MillraceError("internal", cause.message, { cause }));
  }
  const { type, traceback } = error.details;
  return {
    code: error.code,
    message: error.message,
    ...(typeof type === "string" && { type }),
    ...(typeof traceback === "string" && { traceback }),
  };
}
