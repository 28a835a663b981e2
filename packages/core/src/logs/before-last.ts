import type { LogPositions, StoredLogLine } from "../ports/log-store.ts";

/**
 * Positions after which only the last `count` of `lines` come. `starts` are those of workers whose lines do not begin at
 * their log's beginning.
 */
export async function beforeLast(
  lines: AsyncIterable<StoredLogLine>,
  { count, starts }: { readonly count: number; readonly starts: LogPositions },
): Promise<LogPositions> {
  const positions = new Map(starts);
  // A ring of the last ones, without their texts, which may be long.
  const last: Pick<StoredLogLine, "worker" | "position">[] = [];
  let oldest = 0;
  for await (const { worker, position } of lines) {
    const line = { worker, position };
    const dropped = count === 0 ? line : last[oldest];
    last[oldest] = line;
    oldest = (oldest + 1) % Math.max(1, count);
    if (dropped) positions.set(dropped.worker, dropped.position);
  }
  return positions;
}
