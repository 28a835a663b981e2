import type { LogPositions, StoredLogLine } from "../ports/log-store.ts";

/**
 * Positions after which only the last `count` of `lines` follow. `starts` has the positions of workers whose lines do
 * not start at the beginning of their log.
 */
export async function beforeLast(
  lines: AsyncIterable<StoredLogLine>,
  { count, starts }: { readonly count: number; readonly starts: LogPositions },
): Promise<LogPositions> {
  const positions = new Map(starts);
  // A ring buffer of the last lines, without their texts, which may be long.
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
