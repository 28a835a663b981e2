import type { Job, QueueEntry } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

/** Looks in the time that a queue must be empty. */
const LOOKS = 10;
const GROUP = 1_000;

interface Watch {
  lookedMs: number;
  /** Since when the queue is empty and nothing was committed, on the clock of `performance`. */
  sinceMs: number | undefined;
  done: number;
}

/**
 * Queues again what is missing of running jobs whose queue is empty: messages expire after 14 days, and a queue may be
 * emptied by hand. What is done already is a duplicate at its commit.
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

  /** Looks at a running job now and then. */
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
      // One that failed for good has its rows: it is unfinished only to a retry.
      if (await backend.ledger.batches.isDone(jobId, batch)) continue;
      group.push({ batch });
      if (group.length >= GROUP) await send();
    }
    await send();
    const text = `The queue had lost ${sent} batches of the job; they are queued again`;
    logger.error("queue had lost batches", { job_id: jobId, batches: sent });
    await backend.logs.append(jobId, null, [{ timeMs: now(), level: "warn", worker: null, text }]);
  }
}
