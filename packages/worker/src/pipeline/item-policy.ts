import {
  type BatchDescriptor,
  type BatchReader,
  batchId,
  type ErrorCode,
  type ItemError,
  type ItemRange,
  isMillraceError,
  type MillraceError,
  retryDelayMs,
  splitBatch,
  waitOut,
} from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { RunContext } from "../context/worker-context.ts";
import { itemError, type PredictOutput } from "../predictor-process/mod.ts";
import type { Backlog } from "./backlog.ts";
import { type Call, countOf, positionsOf, type ReadyBatch, rangeOf } from "./call.ts";
import type { Committer } from "./committer.ts";
import { attemptError, type FailurePolicy } from "./failure-policy.ts";
import type { GpuMemory } from "./gpu-memory.ts";
import { ItemOutcomes } from "./item-outcomes.ts";
import type { LeaseBook } from "./lease-book.ts";
import { sendDeadLetter } from "./send-dead-letter.ts";

/** Longest time after which something is tried again: queues keep a batch hidden no longer. */
const MAX_LATER_MS = 12 * 3_600_000;

/** Errors after which the predictor is gone. */
const ENDS: ReadonlySet<string> = new Set<ErrorCode>([
  "predictor_crashed",
  "predictor_out_of_memory",
  "predictor_stalled",
  "batch_timeout",
]);

export interface ItemPolicyParts {
  readonly backlog: Backlog;
  readonly committer: Committer;
  readonly failures: FailurePolicy;
  readonly gpuMemory: GpuMemory;
  readonly leases: LeaseBook;
  readonly reader: Pick<BatchReader, "read">;
  /** Called when a call is in the backlog again. */
  readonly wake: () => void;
}

/**
 * Settles batches item by item: what one item needs, such as another attempt, costs its neighbours nothing. A batch is
 * committed when all its items are settled; until then its outputs are kept here.
 */
export class ItemPolicy {
  readonly #context: RunContext;
  readonly #parts: ItemPolicyParts;

  constructor(context: RunContext, parts: ItemPolicyParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /**
   * Takes what a call gave: outputs, and failures of single items.
   * @returns the last of the errors by which items were put off
   */
  async answered(call: Call, { mode, lines, predictMs }: PredictOutput): Promise<MillraceError | undefined> {
    const { batch } = call;
    const outcomes = outcomesOf(batch);
    outcomes.predictMs += predictMs;
    const tooMany: number[] = [];
    let full: MillraceError | undefined;
    let refusal: MillraceError | undefined;
    for (const [i, position] of positionsOf(call).entries()) {
      const line = lines[mode === "batch" ? 0 : i] ?? "null";
      const failure = mode === "outcomes" && line.startsWith("!") ? itemError(line) : undefined;
      if (failure?.code === "predictor_out_of_gpu_memory") {
        full = failure;
        tooMany.push(position);
      } else if (failure) {
        if (failure.code === "retry_later") refusal = failure;
        await this.#failed(batch, position, failure);
      } else await this.#settle(batch, position, { output: mode === "outcomes" ? line.slice(1) : line });
    }
    if (full) await this.#tooMany({ ...call, positions: tooMany }, full, countOf(call));
    return refusal;
  }

  /** Takes the items of a call that did not fit in the GPU's memory beside the others. */
  async #tooMany(call: Call, error: MillraceError, items: number): Promise<void> {
    const charged = this.#parts.gpuMemory.exceeded(call, error, items);
    if (charged) await this.failed(call, charged);
  }

  /** Takes the failure of a call for some items of a batch. */
  async failed(call: Call, error: unknown): Promise<void> {
    const [position = 0, ...others] = positionsOf(call);
    if (others.length === 0) return this.#failed(call.batch, position, error);
    const range = rangeOf(call);
    const { why, attempts } = await this.#record(range, error);
    const failed = { items: others.length + 1, isBisected: true, attempts, isExhausted: true };
    if (await this.#parts.failures.isBroken(failed, why)) return;
    // Nobody knows which item it was: each is tried alone, and has all of its attempts.
    for (const own of positionsOf(call)) this.#tryAgain({ ...call, positions: [own] }, { error, attempts });
  }

  async #record(range: ItemRange, error: unknown) {
    const { sheet, log } = this.#context;
    log.failure(batchId(range), error);
    sheet.attemptFailed();
    const why = attemptError(error);
    return { why, attempts: await this.#parts.failures.record(range, why) };
  }

  #tryAgain(call: Call, { error, attempts }: { readonly error: unknown; readonly attempts: number }): void {
    // What ended the predictor would make suspects of the calls beside it.
    const { guilty, suspect } = isMillraceError(error) ? error.details : {};
    const isAlone = (guilty === true || suspect === true) && ENDS.has(attemptError(error).code);
    this.#parts.backlog.putBackLater({ ...call, isAlone }, retryDelayMs(attempts), this.#parts.wake);
  }

  /** The predictor wants a call to be made again later; that costs no attempt. */
  async later(call: Call, error: MillraceError): Promise<void> {
    const { leases, backlog, wake } = this.#parts;
    const { sheet } = this.#context;
    sheet.limits = { ...sheet.limits, retryLater: (sheet.limits.retryLater ?? 0) + 1 };
    const delayMs = laterMs(error);
    if (call.positions) backlog.putBackLater(call, delayMs, wake);
    else {
      const release = () => leases.release([call.batch.lease.receipt], { delayMs, unstarted: true });
      await waitOut(release, this.#context);
    }
  }

  async #failed(batch: ReadyBatch, position: number, error: unknown): Promise<void> {
    const { failures } = this.#parts;
    const call = { batch, positions: [position] };
    if (isMillraceError(error, "retry_later")) return this.later(call, error);
    const { batch: descriptor } = batch.lease;
    const { why, attempts } = await this.#record(rangeOf(call), error);
    const verdict = isMillraceError(error) ? error.details : {};
    const isExhausted = verdict.is_final === true || attempts >= this.#context.job.maxAttempts;
    // A predictor that says why an item has no output is not broken.
    const isBroken =
      verdict.is_final !== true &&
      (await failures.isBroken({ items: 1, isBisected: false, attempts, isExhausted }, why));
    if (isBroken) return;
    if (!isExhausted) return this.#tryAgain(call, { error, attempts });
    const { item_code, item_details } = verdict;
    const isOwn = typeof item_code === "string";
    await this.#settle(batch, position, {
      error: {
        code: isOwn ? item_code : why.code,
        message: isOwn ? why.message : inOneLine(why),
        attempts: (descriptor.priorAttempts ?? 0) + attempts,
        ...(item_details !== undefined && { details: item_details }),
      },
    });
  }

  async #settle(
    batch: ReadyBatch,
    position: number,
    outcome: Parameters<ItemOutcomes["settle"]>[1],
  ): Promise<void> {
    if ("output" in outcome) this.#parts.failures.sawSuccess();
    if (outcomesOf(batch).settle(position, outcome)) await this.#commit(batch);
  }

  async #commit({ lease, items, outcomes, halves }: ReadyBatch): Promise<void> {
    if (!outcomes) return;
    const { job, worker } = this.#context;
    const { batch } = lease;
    const failures = outcomes.failed();
    const positions = new Set(failures.map(({ position }) => position));
    const isMixed = positions.size > 0 && positions.size < batch.count;
    const needsRanges = isMixed || (positions.size > 0 && job.sqsDeadLetterQueue !== undefined);
    const ranges = needsRanges ? await this.#rangesOf({ batch, halves }, positions) : [];
    for (const [i, range] of ranges.entries()) {
      await sendDeadLetter(this.#context, { batch: range, error: failures[i]?.error as ItemError });
    }
    const rows = outcomes.rows(batch, { items, idsFrom: job.dataset.kind });
    const commit = {
      ...{ batch, rows, predictMs: outcomes.predictMs, worker, failedItems: positions.size },
      ...(isMixed && { failed: ranges }),
    };
    this.#parts.committer.add({ lease, commit });
    // The ledger's count decides whether the limit is exceeded, so it must be updated right away.
    if (positions.size > 0 && job.maxFailedItems !== undefined) this.#parts.committer.hurry();
  }

  /** The descriptors of single items, in order: halves of halves of the batch, which have to be read to be cut. */
  async #rangesOf(
    { batch, halves }: { readonly batch: BatchDescriptor } & Partial<Pick<ReadyBatch, "halves">>,
    positions: ReadonlySet<number>,
    offset = 0,
  ): Promise<readonly BatchDescriptor[]> {
    if (batch.count === 1) return [batch];
    const { reader } = this.#parts;
    const parts = halves?.() ?? (await this.#halvesOf(batch, reader));
    const found: BatchDescriptor[] = [];
    let start = offset;
    for (const half of parts) {
      const end = start + half.count;
      const isHit = [...positions].some((position) => position >= start && position < end);
      if (isHit) found.push(...(await this.#rangesOf({ batch: half }, positions, start)));
      start = end;
    }
    const { priorAttempts } = batch;
    return priorAttempts === undefined ? found : found.map((range) => ({ ...range, priorAttempts }));
  }

  async #halvesOf(batch: BatchDescriptor, reader: Pick<BatchReader, "read">) {
    const [loaded] = await waitOut(() => reader.read([batch]), this.#context);
    if (!loaded) throw new TypeError("Cannot split a batch: nothing was read");
    return splitBatch(loaded);
  }
}

function outcomesOf(batch: ReadyBatch): ItemOutcomes {
  batch.outcomes ??= new ItemOutcomes(batch.items.length);
  return batch.outcomes;
}

function laterMs({ details }: MillraceError): number {
  const seconds = typeof details.retry_after === "number" ? details.retry_after : 0;
  return Math.min(MAX_LATER_MS, Math.max(0, Math.ceil(seconds * 1_000)));
}
