import { forEachAtOnce } from "../at-once.ts";
import type { StoredLogLine } from "../ports/log-store.ts";

/** Lines of one writer, in chunks. */
export interface LogSource {
  /** About `bytes` of further lines, or undefined at the current end; there may be more later. */
  next(options: {
    readonly bytes: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly StoredLogLine[] | undefined>;
}

export interface MergeOptions {
  /** Bytes buffered over all sources, except that each source always gets at least the smallest chunk. */
  readonly totalBytes: number;
  readonly smallestPieceBytes: number;
  readonly largestPieceBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Number of first chunks requested concurrently. */
const OPENING = 8;

/** A source's current chunk. Lines with equal times keep the `order` of their sources. */
interface Cursor {
  readonly source: LogSource;
  readonly order: number;
  piece: readonly StoredLogLine[];
  at: number;
}

/** The lines of all sources merged by time, each source's in order, up to their current ends. */
export async function* mergeLogs(
  sources: readonly LogSource[],
  { totalBytes, smallestPieceBytes, largestPieceBytes, signal }: MergeOptions,
): AsyncGenerator<StoredLogLine> {
  const share = Math.ceil(totalBytes / Math.max(1, sources.length));
  const bytes = Math.max(smallestPieceBytes, Math.min(largestPieceBytes, share));
  const heap = (await openCursors(sources, { bytes, signal })).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  // A sorted array already is a heap; from here on only the first cursor moves.
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

/** Sifts the first cursor of a binary heap down: scanning 1,000 sources for each line would be slow. */
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
