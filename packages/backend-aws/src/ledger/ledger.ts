import type { Ledger, ObjectStore } from "@millrace/core";
import { JobRecords } from "./job-record.ts";
import { dynamoApiLedger } from "./ledger-apis.ts";
import { dynamoBatchLedger } from "./ledger-batches.ts";
import { dynamoJobLedger } from "./ledger-jobs.ts";
import { dynamoWorkerLedger } from "./ledger-workers.ts";
import type { LedgerTable } from "./table.ts";

/** The ledger on one DynamoDB table, with result rows in S3 objects. */
export function dynamoLedger(
  table: LedgerTable,
  options: {
    readonly objects: ObjectStore;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
    /** Closes the connections. */
    readonly close: () => void;
  },
): Ledger {
  const records = new JobRecords(table, options.objects);
  const batches = dynamoBatchLedger(records, options);
  return {
    apis: dynamoApiLedger(table),
    jobs: dynamoJobLedger(records, { ...options, batches }),
    batches,
    workers: dynamoWorkerLedger(records),
    close: async () => options.close(),
  };
}
