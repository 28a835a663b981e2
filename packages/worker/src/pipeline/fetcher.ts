import {
  type BatchReader,
  batchId,
  isMillraceError,
  type Lease,
  type LoadedBatch,
  mayPass,
  splitBatch,
  waitOut,
} from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { ReadyBatch } from "./call.ts";
import type { FailurePolicy } from "./failure-policy.ts";
import type { LeaseBook } from "./lease-book.ts";

export interface FetcherParts {
  readonly leases: LeaseBook;
  readonly reader: Pick<BatchReader, "read">;
  readonly failures: FailurePolicy;
}

/** Leases batches and loads their items. */
export class Fetcher {
  readonly #context: RunContext;
  readonly #parts: FetcherParts;

  constructor(context: RunContext, parts: FetcherParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /**
   * Leases up to `max` batches and returns those to predict; `leased` counts all, including those settled here.
   * `signal` ends the wait for a batch.
   */
  async fetch(
    max: number,
    signal: AbortSignal,
  ): Promise<{ readonly leased: number; readonly ready: readonly ReadyBatch[] }> {
    const { leases: book } = this.#parts;
    const leases = await book.lease(max, signal);
    if (leases.length === 0) return { leased: 0, ready: [] };
    try {
      const startedAtMs = performance.now();
      const loaded = await this.#load(leases);
      this.#context.sheet.took("load", performance.now() - startedAtMs);
      const ready: ReadyBatch[] = [];
      for (const batch of loaded) {
        const judged = batch.lease.receiveCount > 1 ? await this.#judge(batch) : batch;
        if (judged) ready.push(judged);
      }
      return { leased: leases.length, ready };
    } catch (error) {
      // If kept, they would be renewed forever and never predicted.
      const receipts = leases.map((lease) => lease.receipt);
      await waitOut(() => book.release(receipts, { unstarted: true }), this.#context);
      throw error;
    }
  }

  async #load(leases: readonly Lease[]): Promise<readonly ReadyBatch[]> {
    try {
      const batches = await this.#parts.reader.read(leases.map((lease) => lease.batch));
      return batches.map((batch, i) => toReady(leases[i] as Lease, batch));
    } catch (error) {
      if (!isOfInput(error)) throw error;
      // One bad batch must not fail its neighbours: read them one by one.
      const ready: ReadyBatch[] = [];
      for (const lease of leases) {
        try {
          const [batch] = await this.#parts.reader.read([lease.batch]);
          if (batch) ready.push(toReady(lease, batch));
        } catch (error) {
          if (!isOfInput(error)) throw error;
          this.#context.logger.warn("batch not readable", { error, batch: batchId(lease.batch) });
          await this.#parts.failures.failed({ lease }, error);
        }
      }
      return ready;
    }
  }

  /**
   * A redelivered batch may have used up its attempts if its last worker crashed before it could record that: it is
   * settled here. A batch with more deliveries than attempts is suspected of having crashed a worker.
   */
  async #judge(batch: ReadyBatch): Promise<ReadyBatch | undefined> {
    const { backend, job } = this.#context;
    const { leases, failures } = this.#parts;
    const { batch: descriptor, receipt, receiveCount } = batch.lease;
    if (await backend.ledger.batches.isDone(job.jobId, descriptor)) {
      // A queue may redeliver a finished batch, even one that was removed.
      await leases.ack([receipt]);
      return undefined;
    }
    const attempts = await backend.ledger.batches.attempts(job.jobId, descriptor);
    const last = attempts.at(-1);
    if (last && attempts.length >= failures.allowedAttempts(descriptor)) {
      await failures.exhausted(batch, { attempts: attempts.length, error: last.error });
      return undefined;
    }
    const isExplained = receiveCount - 1 <= attempts.length;
    return isExplained ? batch : { ...batch, suspectAttempts: attempts.length };
  }
}

/** False for temporary errors and for faults of the platform: those must not cost any batch an attempt. */
function isOfInput(error: unknown): boolean {
  return isMillraceError(error) && !mayPass(error) && error.code !== "backend_misconfigured";
}

function toReady(lease: Lease, loaded: LoadedBatch): ReadyBatch {
  return { lease, items: loaded.items, halves: () => splitBatch(loaded) };
}
