import { defined } from "./defined.ts";
import { type FollowLogsOptions, followLogs, type OpenLogs } from "./follow-logs.ts";
import type { Operations } from "./generated/operations.ts";
import { ndjson } from "./read-answer.ts";
import type { LogLineView } from "./types.ts";

export interface LogsOptions extends FollowLogsOptions {
  /** Go on as lines come, until the job is over. */
  readonly follow?: boolean | undefined;
  /** Only these workers' lines. */
  readonly workers?: readonly number[] | undefined;
  /** Only lines from this time on: RFC 3339. */
  readonly since?: string | undefined;
  /** Only so many last lines, of all workers together. */
  readonly tail?: number | undefined;
}

/** Log lines so far; with `follow` also those to come, over as many connections as it takes: see {@link followLogs}. */
export async function* jobLogs(
  operations: Operations,
  path: { readonly endpoint: string; readonly id: string },
  options: LogsOptions,
): AsyncGenerator<LogLineView> {
  const { follow, workers, since, tail, signal } = options;
  const query = defined({ worker: workers && [...workers], since, tail });
  if (!follow) {
    const headers = { accept: "application/x-ndjson" };
    const response = await operations.getJobLogs({
      ...defined({ signal }),
      params: { path, query },
      headers,
    });
    return yield* ndjson<LogLineView>(response);
  }
  const open: OpenLogs = (start) => {
    const { tail: _asked, ...untailed } = query;
    return operations.getJobLogs({
      signal: start.signal,
      params: {
        path,
        query: { ...(start.isTailKnown ? untailed : query), follow: true },
        header: defined({ "Last-Event-ID": start.lastEventId }),
      },
      headers: { accept: "text/event-stream" },
    });
  };
  yield* followLogs(open, options);
}
