import { type BatchCommit, type Lease, type Progress, waitOut } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { Ending } from "./pipeline-end.ts";

/** A batch with its rows, ready for the ledger. */
export interface FinishedBatch {
  readonly lease: Lease;
  readonly commit: BatchCommit;
}

/** A group that has been committed. */
export interface CommittedGroup {
  /** The job's progress, if the ledger returned it. */
  readonly progress: Progress | undefined;
  readonly hasFailures: boolean;
}

export interface CommitterParts {
  readonly leases: LeaseBook;
  readonly ending: Ending;
  readonly onCommitted: (group: CommittedGroup) => void;
}

const GROUP_BATCHES = 256;
const GROUP_BYTES = 1024 * 1024;

/**
 * Writes finished batches in groups, behind the predictor: a batch waits briefly for others, so that one transaction
 * serves many; a kill repeats at most this much work. Never drops a batch: `behind` shows when too much is unwritten.
 */
export class Committer {
  readonly #context: RunContext;
  readonly #parts: CommitterParts;
  #waiting: FinishedBatch[] = [];
  #waitingBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  /** Why the ledger cannot be written, once that is certain. */
  #failure: unknown;

  constructor(context: RunContext, parts: CommitterParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** True when nothing is waiting to be written. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#writing === undefined;
  }

  /** True when so much is unwritten that the predictor should wait. */
  get behind(): boolean {
    return this.#waiting.length >= 4 * GROUP_BATCHES || this.#waitingBytes >= 64 * GROUP_BYTES;
  }

  /** Adds a batch. A failure to write it ends the pipeline and is thrown by `flush`. */
  add(batch: FinishedBatch): void {
    this.#waiting.push(batch);
    this.#waitingBytes += batch.commit.rows.length;
    if (this.#waiting.length >= GROUP_BATCHES || this.#waitingBytes >= GROUP_BYTES) this.#write();
    else this.#wait();
  }

  /** Writes what was added without waiting for more, because nothing else is coming. */
  hurry(): void {
    this.#write();
  }

  /** Writes everything that was added now. @throws what the ledger threw */
  async flush(): Promise<void> {
    while (!this.idle && this.#failure === undefined) {
      this.#write();
      await this.#writing;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#write(), this.#context.backend.pace.commitGroupMs);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing || this.#waiting.length === 0 || this.#failure !== undefined) return;
    const group = this.#waiting.splice(0, GROUP_BATCHES);
    this.#waitingBytes -= group.reduce((sum, { commit }) => sum + commit.rows.length, 0);
    this.#writing = this.#writeGroup(group)
      .catch((error: unknown) => {
        this.#failure = error;
        this.#parts.ending.set({ kind: "failed", error });
      })
      .finally(() => {
        this.#writing = undefined;
        if (this.#waiting.length >= GROUP_BATCHES) this.#write();
        else if (this.#waiting.length > 0) this.#wait();
      });
  }

  async #writeGroup(group: readonly FinishedBatch[]): Promise<void> {
    const { backend, job, sheet } = this.#context;
    const { leases, onCommitted } = this.#parts;
    const commits = group.map(({ commit }) => commit);
    const startedAtMs = performance.now();
    const { progress } = await waitOut(
      () => backend.ledger.batches.commit(job.jobId, commits),
      this.#context,
    );
    sheet.took("commit", performance.now() - startedAtMs);
    sheet.finished(commits.reduce((items, { batch }) => items + batch.count, 0));
    // Whatever the outcome, the range is settled: committed now or earlier, or never to be committed.
    await waitOut(() => leases.ack(group.map(({ lease }) => lease.receipt)), this.#context);
    onCommitted({ progress, hasFailures: commits.some(({ failedItems }) => failedItems > 0) });
  }
}
