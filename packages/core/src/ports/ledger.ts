import type { ApiLedger } from "./ledger-apis.ts";
import type { BatchLedger } from "./ledger-batches.ts";
import type { JobLedger } from "./ledger-jobs.ts";
import type { WorkerLedger } from "./ledger-workers.ts";

/** The durable record of APIs, jobs, batches and workers: the source of truth for progress. */
export interface Ledger {
  readonly apis: ApiLedger;
  readonly jobs: JobLedger;
  readonly batches: BatchLedger;
  readonly workers: WorkerLedger;
  /** Closes files and connections; idempotent. */
  close(): Promise<void>;
}
