import { setTimeout as delay } from "node:timers/promises";
import type { LogFollowQuery, StoredLogLine } from "@millrace/core";
import type { JobStreams } from "./job-streams.ts";

/** How often `follow` polls. */
const FOLLOW_MS = 1_000;
/** GetLogEvents per second for one follower: the account's limit is 25. With more streams, it polls less often. */
const FOLLOW_CALLS_PER_SECOND = 20;

export async function* followLogs(
  streams: JobStreams,
  { signal, ending, followMs = FOLLOW_MS }: LogFollowQuery & { readonly followMs?: number | undefined },
): AsyncGenerator<StoredLogLine> {
  const wake = ending ? AbortSignal.any([signal, ending]) : signal;
  try {
    while (!signal.aborted) {
      const isEnding = ending?.aborted === true;
      let found = false;
      await streams.refresh();
      for await (const line of streams.lines()) {
        if (signal.aborted) return;
        found = true;
        yield line;
      }
      if (isEnding && !found) return;
      const pauseMs = Math.max(followMs, (1_000 * streams.size) / FOLLOW_CALLS_PER_SECOND);
      await delay(pauseMs, undefined, { signal: wake }).catch(() => {});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
