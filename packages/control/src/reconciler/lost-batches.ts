import { type Job, MillraceError, type QueueEntry } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

/** Checks during the time for which a queue must be empty. */
const LOOKS = 10;
const GROUP = 1_000;

interface Watch {
  lookedMs: number;
  /** Since when the queue is empty and nothing was committed, on the clock of `performance`. */
  sinceMs: number | undefined;
  done: number;
}

/**
 * Queues the missing batches of running jobs again if the queue is empty: messages expire after 14 days, and a queue
 * may be purged by hand. A batch that is already done is a duplicate when it is committed.
 */
export class LostBatches {
  readonly #context: Pick<ReconcilerContext, "backend" | "logger" | "now">;
  readonly #emptyMs: number;
  readonly #lookMs: number;
  readonly #watched = new Map<string, Watch>();

  constructor(
    context: Pick<ReconcilerContext, "backend" | "logger" | "now">,
    { emptyMs = context.backend.capabilities.emptyQueueMs }: { readonly emptyMs?: number } = {},
  ) {
    this.#context = context;
    this.#emptyMs = emptyMs;
    this.#lookMs = emptyMs / LOOKS;
  }

  forget(jobId: string): void {
    this.#watched.delete(jobId);
  }

  /** Checks a running job occasionally. */
  async look({ spec, status, totalItems }: Job): Promise<void> {
    if (status !== "running" || totalItems === undefined) return;
    const { backend } = this.#context;
    const nowMs = performance.now();
    const watch = this.#watched.get(spec.jobId) ?? { lookedMs: nowMs, sinceMs: undefined, done: -1 };
    this.#watched.set(spec.jobId, watch);
    if (nowMs - watch.lookedMs < this.#lookMs) return;
    watch.lookedMs = nowMs;
    const [progress, counts] = await Promise.all([
      backend.ledger.batches.progress(spec.jobId),
      backend.queue.counts(spec.jobId),
    ]);
    const done = progress.succeededItems + progress.failedItems;
    const isStuck = counts.queued + counts.leased === 0 && done < totalItems && done === watch.done;
    watch.done = done;
    if (!isStuck) {
      watch.sinceMs = undefined;
      return;
    }
    watch.sinceMs ??= nowMs;
    if (nowMs - watch.sinceMs < this.#emptyMs) return;
    watch.sinceMs = undefined;
    await this.#requeue(spec.jobId);
  }

  async #requeue(jobId: string): Promise<void> {
    const { backend, logger, now } = this.#context;
    await backend.queue.create(jobId);
    let sent = 0;
    let group: QueueEntry[] = [];
    const send = async () => {
      await backend.queue.send(jobId, group);
      sent += group.length;
      group = [];
    };
    for await (const batch of backend.ledger.batches.unfinished(jobId)) {
      // A batch that failed for good has its rows: only a retry treats it as unfinished.
      if (await backend.ledger.batches.isDone(jobId, batch)) continue;
      group.push({ batch });
      if (group.length >= GROUP) await send();
    }
    await send();
    if (sent === 0) return this.#checkComplete(jobId);
    const text = `The queue had lost ${sent} batches of the job; they are queued again`;
    logger.error("queue had lost batches", { job_id: jobId, batches: sent });
    await backend.logs.append(jobId, null, [{ timeMs: now(), level: "warn", worker: null, text }]);
  }
  /** Nothing is left to do: the job has just finished, or items are in no batch and it would wait for them forever. */
  async #checkComplete(jobId: string): Promise<void> {
    const {
      totalItems = 0,
      succeededItems,
      failedItems,
    } = await this.#context.backend.ledger.batches.progress(jobId);
    const missing = totalItems - succeededItems - failedItems;
    if (missing <= 0) return;
    throw new MillraceError(
      "state_corrupt",
      `Cannot finish job "${jobId}": ${missing} items are in no batch, expected none; submit its dataset again`,
      { details: { job_id: jobId, items: missing } },
    );
  }
}
