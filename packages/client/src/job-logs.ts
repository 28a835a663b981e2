import type { LogLineView } from "@millrace/core/rest";
import { type FollowLogsOptions, followLogs, type OpenLogs } from "./follow-logs.ts";
import type { Call } from "./http.ts";
import { ndjson } from "./read-answer.ts";

export interface LogsOptions extends FollowLogsOptions {
  /** Continue with new lines until the job is over. */
  readonly follow?: boolean | undefined;
  /** Only these workers' lines. */
  readonly workers?: readonly number[] | undefined;
  /** Only lines from this time on: RFC 3339. */
  readonly since?: string | undefined;
  /** Only this many of the last lines, of all workers together. */
  readonly tail?: number | undefined;
}

/**
 * Log lines so far and, with `follow`, new ones as they arrive; reconnects as often as needed, see {@link followLogs}.
 */
export async function* jobLogs(
  call: Call,
  path: { readonly endpoint: string; readonly id: string },
  options: LogsOptions,
): AsyncGenerator<LogLineView> {
  const { follow, workers: worker, since, tail, signal } = options;
  if (!follow)
    return yield* ndjson(await call("getJobLogs", { path, query: { worker, since, tail }, signal }));
  const open: OpenLogs = (start) =>
    call("getJobLogs", {
      path,
      query: { worker, since, tail: start.isTailKnown ? undefined : tail, follow },
      headers: { accept: "text/event-stream", "last-event-id": start.lastEventId },
      signal: start.signal,
    });
  yield* followLogs(open, options);
}
