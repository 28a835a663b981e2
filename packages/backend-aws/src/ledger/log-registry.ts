import type { LogStreamRegistry } from "../logs/log-streams.ts";
import { logsPartition } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

/** Log streams of jobs, as registered by their writers. */
export function dynamoLogRegistry(table: LedgerTable): LogStreamRegistry {
  return {
    add: async (jobId, worker, stream) => {
      const name = worker === null ? "service" : String(worker).padStart(5, "0");
      await table.put({ pk: logsPartition(jobId), sk: `${name}#${stream}`, worker, stream });
    },
    list: async (jobId) => {
      const items = await Array.fromAsync(table.partition(logsPartition(jobId)));
      return items.map((item) => ({ worker: item.worker as number | null, stream: item.stream as string }));
    },
    remove: async (jobId) => {
      const items = await Array.fromAsync(table.partition(logsPartition(jobId)));
      await table.writeMany(items.map(({ pk, sk }) => ({ delete: { pk, sk } })));
    },
  };
}
