import type { ApiLedger } from "./ledger-apis.ts";
import type { BatchLedger } from "./ledger-batches.ts";
import type { JobLedger } from "./ledger-jobs.ts";
import type { WorkerLedger } from "./ledger-workers.ts";

/** The durable record of APIs, jobs, batches and workers: the truth about progress. */
export interface Ledger {
  readonly apis: ApiLedger;
  readonly jobs: JobLedger;
  readonly batches: BatchLedger;
  readonly workers: WorkerLedger;
  /** Lets go of files and connections; idempotent. */
  close(): Promise<void>;
}
