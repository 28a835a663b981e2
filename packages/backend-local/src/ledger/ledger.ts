import type { Ledger } from "@millrace/core";
import type { StateFiles } from "../state/state-files.ts";
import { localApiLedger } from "./ledger-apis.ts";
import { localBatchLedger } from "./ledger-batches.ts";
import { localJobLedger } from "./ledger-jobs.ts";
import { localWorkerLedger } from "./ledger-workers.ts";

/** The durable record on one machine: an index file, plus one SQLite file per job. */
export function localLedger(files: StateFiles, options: { readonly now: () => number }): Ledger {
  const batches = localBatchLedger(files);
  return {
    apis: localApiLedger(files),
    jobs: localJobLedger(files, { ...options, batches }),
    batches,
    workers: localWorkerLedger(files),
    close: async () => files.close(),
  };
}
