import { workerKey } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

const AT_ONCE = 16;

/**
 * Shuts the rows of a job's workers: a commit adds to its worker's row, and is refused from now on. So that a commit need
 * not look at the job's own item, at which the commits of all workers would collide.
 */
export async function closeWorkers(table: LedgerTable, jobId: string, workers: number): Promise<void> {
  let next = 0;
  const closeNext = async () => {
    while (next < workers) {
      const worker = next++;
      await table.update(workerKey(jobId, worker), {
        UpdateExpression: "SET closed = :true, worker = :worker",
        ExpressionAttributeValues: { ":true": true, ":worker": worker },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, closeNext));
}
