import {
  type Attempt,
  type BatchDescriptor,
  type ErrorCode,
  type ItemError,
  type ItemRange,
  isMillraceError,
  type Lease,
  MillraceError,
  retryDelayMs,
  waitOut,
} from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { RunContext } from "../context/worker-context.ts";
import { Breaker, type FailedAttempt } from "./breaker.ts";
import type { ReadyBatch } from "./call.ts";
import type { Committer } from "./committer.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { Ending } from "./pipeline-end.ts";
import { errorRows } from "./rows.ts";
import { sendDeadLetter } from "./send-dead-letter.ts";

/** Errors in the input: retrying or splitting the batch would change nothing. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  "input_changed",
  "malformed_input",
  "item_too_large",
  "object_not_found",
]);

/** A failed batch, with its items if they could be read. */
export type FailedBatch = Pick<ReadyBatch, "lease"> & Partial<Pick<ReadyBatch, "items" | "halves">>;

export interface FailureParts {
  readonly leases: LeaseBook;
  readonly committer: Committer;
  readonly ending: Ending;
}

/**
 * Decides what happens to a failed batch: a retry, a split into halves, or error rows. When nothing succeeds, the job
 * ends.
 */
export class FailurePolicy {
  readonly #context: RunContext;
  readonly #parts: FailureParts;
  readonly #breaker: Breaker;

  constructor(context: RunContext, parts: FailureParts) {
    this.#context = context;
    this.#parts = parts;
    this.#breaker = new Breaker(context, () => parts.committer.flush());
  }

  /** How often a range is tried. Halves of a failed batch get one attempt, single items the full number. */
  allowedAttempts(batch: BatchDescriptor): number {
    return batch.priorAttempts === undefined || batch.count === 1 ? this.#context.job.maxAttempts : 1;
  }

  /** Records the failed attempt and settles the batch. */
  async failed(batch: FailedBatch, error: unknown): Promise<void> {
    const { leases } = this.#parts;
    const descriptor = batch.lease.batch;
    this.#context.sheet.attemptFailed();
    const why = attemptError(error);
    const attempts = await this.record(descriptor, why);
    const final = isMillraceError(error) && FINAL_CODES.has(error.code);
    if (final || attempts >= this.allowedAttempts(descriptor))
      return this.exhausted(batch, { attempts, error: why, final });
    const delayMs = retryDelayMs(attempts);
    await waitOut(() => leases.release([batch.lease.receipt], { delayMs }), this.#context);
    const isBisected = descriptor.priorAttempts !== undefined;
    await this.isBroken({ items: descriptor.count, isBisected, attempts, isExhausted: false }, why);
  }

  /**
   * Charges a suspect for the crash of its last worker before it is predicted again: if it crashes this one too, no
   * worker would be left to record it.
   */
  async chargeSuspect({ lease }: Pick<ReadyBatch, "lease">): Promise<void> {
    await this.record(lease.batch, {
      code: "predictor_crashed" satisfies ErrorCode,
      message:
        "Cannot tell how the batch ended: its worker was killed, by the predictor, by the system or by hand",
    });
  }

  /** Settles a batch that has no attempts left. */
  async exhausted(
    batch: FailedBatch,
    options: { readonly attempts: number; readonly error: Attempt["error"]; readonly final?: boolean },
  ): Promise<void> {
    const { job } = this.#context;
    const { attempts, error, final = false } = options;
    const descriptor = batch.lease.batch;
    const tried = (descriptor.priorAttempts ?? 0) + attempts;
    const halves =
      job.onFailure === "isolate" && descriptor.count > 1 && !final ? batch.halves?.() : undefined;
    if (!final) {
      const isBisected = halves !== undefined || descriptor.priorAttempts !== undefined;
      const failed = { items: descriptor.count, isBisected, attempts, isExhausted: true };
      if (await this.isBroken(failed, error)) return;
    }
    if (halves) await this.#split(batch.lease, { halves, tried });
    else await this.#giveUp(batch, { code: error.code, message: inOneLine(error), attempts: tried });
  }

  /** Counts the failed attempt. Ends the job as soon as it is clear that nothing succeeds. */
  async isBroken(attempt: FailedAttempt, error: Attempt["error"]): Promise<boolean> {
    const reason = await this.#breaker.count(attempt, error);
    if (reason) this.#parts.ending.set({ kind: "broken", reason });
    return reason !== undefined;
  }

  /** An item has succeeded, although it may not be in the ledger for a while. */
  sawSuccess(): void {
    this.#breaker.sawSuccess();
  }

  /** Records an attempt. @returns how often exactly this range has failed */
  async record({ first, count }: ItemRange, error: Attempt["error"]): Promise<number> {
    const { backend, job, worker } = this.#context;
    const attempt = { first, count, worker, endedAtMs: Date.now(), error };
    return waitOut(() => backend.ledger.batches.recordAttempt(job.jobId, attempt), this.#context);
  }

  async #giveUp({ lease, items }: FailedBatch, error: ItemError): Promise<void> {
    const { job, worker } = this.#context;
    const { committer } = this.#parts;
    const { batch } = lease;
    await sendDeadLetter(this.#context, { batch, error });
    const rows = errorRows(batch, { ...(items && { items }), idsFrom: job.dataset.kind, error });
    committer.add({ lease, commit: { batch, rows, failedItems: batch.count, predictMs: 0, worker } });
    // The ledger's count decides whether the limit is exceeded, so it must be updated right away.
    if (job.maxFailedItems !== undefined) committer.hurry();
  }

  async #split(
    { batch, receipt }: Lease,
    { halves, tried }: { readonly halves: readonly BatchDescriptor[]; readonly tried: number },
  ): Promise<void> {
    const { backend, job } = this.#context;
    const entries = halves.map((half) => ({ batch: { ...half, priorAttempts: tried } }));
    // The split marker comes first: once it is set, the whole range can never be committed, so the halves cannot
    // duplicate it. If the range is delivered again, its attempts are found to be used up and the same halves are sent
    // again.
    const split = await waitOut(() => backend.ledger.batches.split(job.jobId, batch), this.#context);
    if (split) await waitOut(() => backend.queue.send(job.jobId, entries), this.#context);
    await this.#parts.leases.ack([receipt]);
  }
}

/** An error as it is recorded. */
export function attemptError(error: unknown): Attempt["error"] {
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
