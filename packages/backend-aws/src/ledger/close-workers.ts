import { forEachAtOnce } from "@millrace/core";
import { workerKey } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

/**
 * Closes the rows of a job's workers. Each commit adds to its worker's row, so from now on commits are rejected. This
 * way, a commit need not check the job's own item, on which the commits of all workers would conflict.
 */
export async function closeWorkers(table: LedgerTable, jobId: string, workers: number): Promise<void> {
  const numbers = Array.from({ length: workers }, (_, worker) => worker);
  await forEachAtOnce(numbers, (worker) =>
    table.update(workerKey(jobId, worker), {
      UpdateExpression: "SET closed = :true, worker = :worker",
      ExpressionAttributeValues: { ":true": true, ":worker": worker },
    }),
  );
}
