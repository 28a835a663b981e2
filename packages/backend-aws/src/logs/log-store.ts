import { setTimeout as delay } from "node:timers/promises";
import { type CloudWatchLogsClient, DeleteLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LogLine, LogStore } from "@millrace/core";
import type { Clients } from "../clients.ts";
import { isMissing, PATIENCE_MS, patiently } from "./log-errors.ts";
import { mergeLogs } from "./log-merge.ts";
import { LogReader } from "./log-reader.ts";
import { isSafeJobId, type LogStreamRegistry } from "./log-streams.ts";
import { LogWriter } from "./log-writer.ts";

/** How often `follow` looks. */
const FOLLOW_MS = 1_000;
/** GetLogEvents a second of one follower: the account has 25. With more streams it looks less often. */
const FOLLOW_CALLS_PER_SECOND = 20;
const DELETING = 5;

export interface LogStoreOptions {
  readonly logGroup: string;
  readonly streams: LogStreamRegistry;
  /** How often `follow` looks. @default 1000 */
  readonly followMs?: number;
  /** How long an overloaded service is tried again, past the SDK's tries. @default 30000 */
  readonly patienceMs?: number;
}

/** Log lines of jobs in CloudWatch Logs: a stream for each process that writes. */
export function cloudWatchLogStore({ logs }: Pick<Clients, "logs">, options: LogStoreOptions): LogStore {
  const { logGroup, streams, patienceMs = PATIENCE_MS } = options;
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
    read: async function* (jobId, { worker, signal } = {}) {
      const readers = await openReaders(logs, { ...options, jobId, worker, known: new Map() });
      yield* mergeLogs(readers, signal);
    },
    follow: (jobId, { worker, signal }) => followLogs(logs, { ...options, jobId, worker, signal }),
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

interface ReaderQuery extends LogStoreOptions {
  readonly jobId: string;
  readonly worker: number | null | undefined;
  /** Readers made before, by stream; new ones are added. */
  readonly known: Map<string, LogReader>;
}

/** Readers of the streams that match: the service's first, then workers by number, each one's by age. */
async function openReaders(logs: CloudWatchLogsClient, query: ReaderQuery): Promise<LogReader[]> {
  const { logGroup, streams, jobId, known, patienceMs = PATIENCE_MS } = query;
  if (!isSafeJobId(jobId)) return [];
  const listed = (await streams.list(jobId))
    .filter(({ worker }) => query.worker === undefined || worker === query.worker)
    .sort((a, b) => (a.worker ?? -1) - (b.worker ?? -1) || (a.stream < b.stream ? -1 : 1));
  return listed.map(({ worker, stream }) => {
    const reader = known.get(stream) ?? new LogReader(logs, { logGroup, stream, worker, patienceMs });
    known.set(stream, reader);
    return reader;
  });
}

async function* followLogs(
  logs: CloudWatchLogsClient,
  query: Omit<ReaderQuery, "known"> & { readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const { signal, followMs = FOLLOW_MS } = query;
  const known = new Map<string, LogReader>();
  while (!signal.aborted) {
    try {
      for await (const line of mergeLogs(await openReaders(logs, { ...query, known }), signal)) {
        if (signal.aborted) return;
        yield line;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const pauseMs = Math.max(followMs, (1_000 * known.size) / FOLLOW_CALLS_PER_SECOND);
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
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
