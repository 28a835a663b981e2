import { DEFAULTS, type Lease } from "@millrace/core";
import type { WorkerContext } from "../context/worker-context.ts";

/** The leases that this worker holds; the heartbeat renews them together. */
export class LeaseBook {
  readonly #context: WorkerContext;
  readonly #held = new Map<string, Lease>();

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Leases up to `max` batches; `signal` ends the wait for one. */
  async lease(max: number, signal: AbortSignal): Promise<readonly Lease[]> {
    const { backend, job, worker } = this.#context;
    const leases = await backend.queue.lease(job.jobId, {
      max,
      leaseSeconds: DEFAULTS.leaseSeconds,
      worker,
      waitMs: backend.pace.leaseWaitMs,
      signal,
    });
    for (const lease of leases) this.#held.set(lease.receipt, lease);
    return leases;
  }

  /** Renews all leases; returns the receipts of lost ones, whose batches now belong to other workers. */
  async renew(): Promise<readonly string[]> {
    if (this.#held.size === 0) return [];
    const { backend, job } = this.#context;
    const lost = await backend.queue.extend(job.jobId, [...this.#held.keys()], DEFAULTS.leaseSeconds);
    for (const receipt of lost) this.#held.delete(receipt);
    return lost;
  }

  /** Acknowledges batches that are settled for good. */
  async ack(receipts: readonly string[]): Promise<void> {
    const held = receipts.filter((receipt) => this.#held.has(receipt));
    if (held.length === 0) return;
    await this.#context.backend.queue.ack(this.#context.job.jobId, held);
    for (const receipt of held) this.#held.delete(receipt);
  }

  /** Releases batches to other workers after `delayMs`; prediction of those in `unstarted` has not begun. */
  async release(
    receipts: readonly string[],
    { delayMs = 0, unstarted = false }: { readonly delayMs?: number; readonly unstarted?: boolean } = {},
  ): Promise<void> {
    const held = receipts.flatMap((receipt) => this.#held.get(receipt) ?? []);
    if (held.length === 0) return;
    const { backend, job } = this.#context;
    await backend.queue.release(
      job.jobId,
      held.map(({ receipt }) => receipt),
      { delayMs, ...(unstarted && { unstarted: held.map(({ batch }) => batch) }) },
    );
    for (const { receipt } of held) this.#held.delete(receipt);
  }

  /** Releases everything; batches in `unstarted` were never passed to the predictor. */
  async releaseAll(unstarted: readonly Lease[]): Promise<void> {
    await this.release(
      unstarted.map(({ receipt }) => receipt),
      { unstarted: true },
    );
    await this.release([...this.#held.keys()]);
  }
}
