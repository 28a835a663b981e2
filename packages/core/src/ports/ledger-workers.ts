import type { WorkerReport } from "../worker-report.ts";
import type { WorkerStatus } from "../worker-status.ts";

/** A worker's record in the ledger. */
export interface WorkerRecord {
  /** 0..workers-1 */
  readonly worker: number;
  readonly status: WorkerStatus;
  /** Why it has its status, in words: waiting for a GPU, out of memory, … */
  readonly reason?: string;
  readonly startedAtMs?: number;
  readonly heartbeatAtMs?: number;
  /** Items committed by this worker, over all its restarts. */
  readonly succeededItems: number;
  readonly failedItems: number;
  /** How often its process was restarted after it died. */
  readonly restarts: number;
  /** Consecutive restarts without a commit in between. */
  readonly fruitlessRestarts: number;
  /** Peak memory of the predictor, bytes. */
  readonly peakMemoryBytes?: number;
  /** Its last report: where its time went, and what it is doing. */
  readonly report?: WorkerReport;
}

/** The workers of jobs. `commit` updates their item counts. */
export interface WorkerLedger {
  /** Writes the given fields of a worker; creates its record (`pending`, zeros) if needed. */
  update(jobId: string, worker: number, fields: Partial<Omit<WorkerRecord, "worker">>): Promise<void>;
  /** One worker's record, if it exists. */
  get(jobId: string, worker: number): Promise<WorkerRecord | undefined>;
  /** Sorted by number. */
  list(jobId: string): Promise<readonly WorkerRecord[]>;
}
