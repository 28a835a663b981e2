import { forEachAtOnce } from "@millrace/core";
import { workerKey } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

/**
 * Shuts the rows of a job's workers: a commit adds to its worker's row, and is refused from now on. So that a commit need
 * not look at the job's own item, at which the commits of all workers would collide.
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
