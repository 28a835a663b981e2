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
import { inOneLine } from "../run/explain.ts";
import type { TimeSheet } from "../run/time-sheet.ts";
import type { ReadyBatch } from "./backlog.ts";
import { Breaker } from "./breaker.ts";
import type { Committer } from "./committer.ts";
import type { LeaseBook } from "./lease-book.ts";
import { persist } from "./persist.ts";
import { errorRows } from "./rows.ts";
import { sendDeadLetter } from "./send-dead-letter.ts";

/** Errors of the input: trying again or splitting the batch would change nothing. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  "input_changed",
  "malformed_input",
  "item_too_large",
  "object_not_found",
]);

/** A batch that failed, with its items where they could be read. */
export type FailedBatch = Pick<ReadyBatch, "lease"> & Partial<Pick<ReadyBatch, "items" | "halves">>;

/** What becomes of a batch that failed: another try, two halves, or error rows. */
export class FailurePolicy {
  readonly #context: WorkerContext;
  readonly #leases: LeaseBook;
  readonly #committer: Committer;
  readonly #sheet: TimeSheet;
  readonly #breaker: Breaker;

  constructor(options: {
    context: WorkerContext;
    leases: LeaseBook;
    committer: Committer;
    sheet: TimeSheet;
  }) {
    this.#context = options.context;
    this.#sheet = options.sheet;
    this.#leases = options.leases;
    this.#committer = options.committer;
    this.#breaker = new Breaker(options.context, () => options.committer.flush());
  }

  /** How often a range is tried. Halves of a batch that failed are tried once, single items again in full. */
  allowedAttempts(batch: BatchDescriptor): number {
    return batch.priorAttempts === undefined || batch.count === 1 ? this.#context.job.maxAttempts : 1;
  }

  /** Records the failed attempt and settles the batch. Returns a reason when the breaker trips: the job should end. */
  async failed(batch: FailedBatch, error: unknown): Promise<StatusReason | undefined> {
    const { backend, job, worker, logger } = this.#context;
    const { first, count } = batch.lease.batch;
    this.#sheet.attemptFailed();
    const attempt = { first, count, worker, endedAtMs: Date.now(), error: attemptError(error) };
    const attempts = await persist(() => backend.ledger.batches.recordAttempt(job.jobId, attempt), {
      logger,
    });
    const final = isMillraceError(error) && FINAL_CODES.has(error.code);
    if (!final && attempts < this.allowedAttempts(batch.lease.batch)) {
      await persist(() => this.#leases.release([batch.lease.receipt], { delayMs: retryDelayMs(attempts) }), {
        logger,
      });
      const isBisected = batch.lease.batch.priorAttempts !== undefined;
      return this.#breaker.count({ items: count, isBisected, attempts, isExhausted: false }, attempt.error);
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
    const willSplit = job.onFailure === "isolate" && descriptor.count > 1 && batch.halves && !options.final;
    if (!options.final) {
      const isBisected = willSplit || descriptor.priorAttempts !== undefined;
      const { attempts } = options;
      const failed = { items: descriptor.count, isBisected, attempts, isExhausted: true };
      const reason = await this.#breaker.count(failed, options.error);
      if (reason) return reason;
    }
    if (willSplit && batch.halves) {
      await this.#split(batch.lease.receipt, { descriptor, halves: batch.halves(), tried });
      return undefined;
    }
    const { code } = options.error;
    const itemError = { code, message: inOneLine(options.error), attempts: tried };
    await sendDeadLetter(this.#context, { batch: descriptor, error: itemError });
    const rows = errorRows(descriptor, {
      ...(batch.items && { items: batch.items }),
      idsFrom: job.dataset.kind,
      error: itemError,
    });
    this.#committer.add({
      lease: batch.lease,
      commit: { batch: descriptor, rows, failedItems: descriptor.count, predictMs: 0, worker },
    });
    // The ledger's count decides whether that was one too many: it should know at once.
    if (job.maxFailedItems !== undefined) this.#committer.hurry();
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
