import type { WorkerReport } from "../worker-report.ts";
import type { WorkerStatus } from "../worker-status.ts";

/** A worker as the ledger knows it. */
export interface WorkerRecord {
  /** 0..workers-1 */
  readonly worker: number;
  readonly status: WorkerStatus;
  /** Why it has its status, in words: waiting for a GPU, out of memory, … */
  readonly reason?: string;
  readonly startedAtMs?: number;
  readonly heartbeatAtMs?: number;
  /** Items committed by this worker, over all its lives. */
  readonly succeededItems: number;
  readonly failedItems: number;
  /** Times its process was started again after it died. */
  readonly restarts: number;
  /** Restarts in a row without a commit in between. */
  readonly fruitlessRestarts: number;
  /** Peak memory of the predictor, bytes. */
  readonly peakMemoryBytes?: number;
  /** What it last said of itself: where its time went, what it is doing. */
  readonly report?: WorkerReport;
}

/** Workers of jobs. `commit` keeps their item counts. */
export interface WorkerLedger {
  /** Writes the given fields of a worker, creating its record (`pending`, zeros) if needed. */
  update(jobId: string, worker: number, fields: Partial<Omit<WorkerRecord, "worker">>): Promise<void>;
  /** One worker's record, if there is one. */
  get(jobId: string, worker: number): Promise<WorkerRecord | undefined>;
  /** By number. */
  list(jobId: string): Promise<readonly WorkerRecord[]>;
}
