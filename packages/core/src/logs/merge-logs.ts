import { forEachAtOnce } from "../at-once.ts";
import type { StoredLogLine } from "../ports/log-store.ts";

/** One writer's lines, piece by piece. */
export interface LogSource {
  /** About `bytes` of further lines, or undefined at the end as it is now; later there may be more. */
  next(options: {
    readonly bytes: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly StoredLogLine[] | undefined>;
}

export interface MergeOptions {
  /** Bytes held over all sources, as long as that leaves each the smallest piece. */
  readonly totalBytes: number;
  readonly smallestPieceBytes: number;
  readonly largestPieceBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** First pieces asked for at once. */
const OPENING = 8;

/** A source's piece at hand. Among lines of one time, sources keep their `order`. */
interface Cursor {
  readonly source: LogSource;
  readonly order: number;
  piece: readonly StoredLogLine[];
  at: number;
}

/** Each source's lines in order, the sources merged by time, up to where they end now. */
export async function* mergeLogs(
  sources: readonly LogSource[],
  { totalBytes, smallestPieceBytes, largestPieceBytes, signal }: MergeOptions,
): AsyncGenerator<StoredLogLine> {
  const share = Math.ceil(totalBytes / Math.max(1, sources.length));
  const bytes = Math.max(smallestPieceBytes, Math.min(largestPieceBytes, share));
  const heap = (await openCursors(sources, { bytes, signal })).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  // A sorted array is a heap already; from here on only the first cursor moves.
  for (let first = heap[0]; first; first = heap[0]) {
    signal?.throwIfAborted();
    yield current(first);
    first.at += 1;
    if (first.at === first.piece.length) {
      first.piece = (await first.source.next({ bytes, signal })) ?? [];
      first.at = 0;
      if (first.piece.length === 0) {
        const last = heap.pop();
        if (heap.length > 0 && last) heap[0] = last;
      }
    }
    settle(heap);
  }
}

async function openCursors(
  sources: readonly LogSource[],
  options: { readonly bytes: number; readonly signal: AbortSignal | undefined },
): Promise<Cursor[]> {
  const cursors: Cursor[] = [];
  const open = async ([order, source]: readonly [number, LogSource]) => {
    options.signal?.throwIfAborted();
    const piece = await source.next(options);
    if (piece && piece.length > 0) cursors.push({ source, order, piece, at: 0 });
  };
  await forEachAtOnce(sources.entries(), open, { atOnce: OPENING });
  return cursors;
}

function current({ piece, at }: Cursor): StoredLogLine {
  return piece[at] as StoredLogLine;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const byTime = current(a).timeMs - current(b).timeMs;
  return byTime === 0 ? a.order < b.order : byTime < 0;
}

/** Lets the first cursor of a binary heap sink to its place: for each line, a scan of 1,000 sources would be slow. */
function settle(heap: Cursor[]): void {
  for (let at = 0; ; ) {
    let earliest = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && isBefore(heap[child] as Cursor, heap[earliest] as Cursor)) earliest = child;
    }
    if (earliest === at) return;
    [heap[at], heap[earliest]] = [heap[earliest] as Cursor, heap[at] as Cursor];
    at = earliest;
  }
}
