import type { BatchCommit, Lease, Progress } from "@millrace/core";
import type { WorkerContext } from "../run/context.ts";
import type { TimeSheet } from "../run/time-sheet.ts";
import type { LeaseBook } from "./lease-book.ts";
import { persist } from "./persist.ts";

/** A batch with its rows, on its way to the ledger. */
export interface FinishedBatch {
  readonly lease: Lease;
  readonly commit: BatchCommit;
}

/** A group that the ledger has. */
export interface CommittedGroup {
  /** The job's, where the ledger told it. */
  readonly progress: Progress | undefined;
  readonly hasFailures: boolean;
}

const GROUP_BATCHES = 256;
const GROUP_BYTES = 1024 * 1024;

/**
 * Writes finished batches behind the predictor, in groups: a batch waits a moment for company, so that one transaction
 * serves many, and a kill repeats no more than this much work. Never drops one: `behind` says when too much is unwritten.
 */
export class Committer {
  readonly #context: WorkerContext;
  readonly #leases: LeaseBook;
  readonly #sheet: TimeSheet;
  readonly #onCommitted: (group: CommittedGroup) => void;
  #waiting: FinishedBatch[] = [];
  #waitingBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: {
    context: WorkerContext;
    leases: LeaseBook;
    sheet: TimeSheet;
    onCommitted: (group: CommittedGroup) => void;
  }) {
    this.#context = options.context;
    this.#leases = options.leases;
    this.#sheet = options.sheet;
    this.#onCommitted = options.onCommitted;
  }

  /** True when nothing waits to be written. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#writing === undefined;
  }

  /** True when so much is unwritten that the predictor should wait. */
  get behind(): boolean {
    return this.#waiting.length >= 4 * GROUP_BATCHES || this.#waitingBytes >= 64 * GROUP_BYTES;
  }

  /** Takes a batch. A failure to write it reaches `flush` and `failure`. */
  add(batch: FinishedBatch): void {
    this.#waiting.push(batch);
    this.#waitingBytes += batch.commit.rows.length;
    if (this.#waiting.length >= GROUP_BATCHES || this.#waitingBytes >= GROUP_BYTES) this.#write();
    else this.#wait();
  }

  /** Writes what was added without waiting for company: nothing else is coming. */
  hurry(): void {
    this.#write();
  }

  /** Why the ledger cannot be written, once that is certain. */
  failure: unknown;

  /** Writes everything that was added, now. @throws what the ledger threw */
  async flush(): Promise<void> {
    while (!this.idle && this.failure === undefined) {
      this.#write();
      await this.#writing;
    }
    if (this.failure !== undefined) throw this.failure;
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#write(), this.#context.backend.pace.commitGroupMs);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing || this.#waiting.length === 0 || this.failure !== undefined) return;
    const group = this.#waiting.splice(0, GROUP_BATCHES);
    this.#waitingBytes -= group.reduce((sum, { commit }) => sum + commit.rows.length, 0);
    this.#writing = this.#writeGroup(group)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.#writing = undefined;
        if (this.#waiting.length >= GROUP_BATCHES) this.#write();
        else if (this.#waiting.length > 0) this.#wait();
      });
  }

  async #writeGroup(group: readonly FinishedBatch[]): Promise<void> {
    const { backend, job, logger } = this.#context;
    const commits = group.map(({ commit }) => commit);
    const startedAtMs = performance.now();
    const { progress } = await persist(() => backend.ledger.batches.commit(job.jobId, commits), { logger });
    this.#sheet.took("commit", performance.now() - startedAtMs);
    this.#sheet.finished(commits.reduce((items, { batch }) => items + batch.count, 0));
    // Whatever the outcome, the range is settled: committed now, before, or not to be committed at all.
    await persist(() => this.#leases.ack(group.map(({ lease }) => lease.receipt)), { logger });
    this.#onCommitted({ progress, hasFailures: commits.some(({ failedItems }) => failedItems > 0) });
  }
}
