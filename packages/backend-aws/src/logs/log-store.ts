import { type CloudWatchLogsClient, DeleteLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import { beforeLast, type LogQuery, type LogStore, type StoredLogLine } from "@millrace/core";
import type { Clients } from "../aws/clients.ts";
import { JobStreams } from "./job-streams.ts";
import { isMissing, PATIENCE_MS, patiently } from "./log-errors.ts";
import { followLogs } from "./log-follow.ts";
import { isSafeJobId, type LogStreamRegistry } from "./log-streams.ts";
import { LogWriter } from "./log-writer.ts";

const DELETING = 5;

export interface LogStoreOptions {
  readonly logGroup: string;
  readonly streams: LogStreamRegistry;
  /** How often `follow` polls. @default 1000 */
  readonly followMs?: number;
  /** How long to retry while the service is overloaded, in addition to the SDK's retries. @default 30000 */
  readonly patienceMs?: number;
}

/** Log lines of jobs in CloudWatch Logs: one stream per writing process. */
export function cloudWatchLogStore({ logs }: Pick<Clients, "logs">, options: LogStoreOptions): LogStore {
  const { logGroup, streams, followMs, patienceMs = PATIENCE_MS } = options;
  const openStreams = (query: LogQuery & { readonly jobId: string }) =>
    new JobStreams(logs, { ...query, logGroup, registry: streams, patienceMs });
  const writers = new Map<string, Map<number | null, LogWriter>>();
  return {
    append: async (jobId, worker, lines) => {
      if (lines.length === 0 || !isSafeJobId(jobId)) return;
      const ofJob = writers.get(jobId) ?? new Map<number | null, LogWriter>();
      writers.set(jobId, ofJob);
      const writer =
        ofJob.get(worker) ?? new LogWriter(logs, { logGroup, registry: streams, jobId, worker, patienceMs });
      ofJob.set(worker, writer);
      await writer.append(lines);
    },
    read: (jobId, query = {}) => readLogs(openStreams({ ...query, jobId })),
    follow: (jobId, query) => followLogs(openStreams({ ...query, jobId }), { ...query, followMs }),
    beforeLast: async (jobId, lines, query = {}) => {
      const open = openStreams({ ...query, jobId });
      const starts = await open.seekLast(lines);
      return beforeLast(open.lines(), { count: lines, starts });
    },
    delete: async (jobId) => {
      if (!isSafeJobId(jobId)) return;
      writers.delete(jobId);
      const waiting = (await streams.list(jobId)).values();
      const lane = async () => {
        for (const { stream } of waiting) await deleteStream(logs, { logGroup, stream, patienceMs });
      };
      await Promise.all(Array.from({ length: DELETING }, lane));
      await streams.remove(jobId);
    },
  };
}

async function* readLogs(streams: JobStreams): AsyncGenerator<StoredLogLine> {
  await streams.refresh();
  yield* streams.lines();
}

async function deleteStream(
  logs: CloudWatchLogsClient,
  {
    logGroup,
    stream,
    patienceMs,
  }: { readonly logGroup: string; readonly stream: string; readonly patienceMs: number },
): Promise<void> {
  await patiently(
    async () => {
      try {
        await logs.send(new DeleteLogStreamCommand({ logGroupName: logGroup, logStreamName: stream }));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
    { doing: `delete log stream "${stream}"`, patienceMs },
  );
}
