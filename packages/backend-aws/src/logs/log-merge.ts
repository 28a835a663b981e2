import type { LogLine } from "@millrace/core";

/** Lines of one stream, piece by piece. */
export interface LineSource {
  /** About `bytes` of further lines, or undefined at the stream's end as it is now; later there may be more. */
  next(options: {
    readonly bytes: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly LogLine[] | undefined>;
}

/** Bytes held while merging, over all streams. */
const MERGE_BYTES = 64 * 1024 * 1024;
const LARGEST_PIECE_BYTES = 1024 * 1024;
/** Requests for first pieces at once. */
const OPENING = 8;

/** A stream's piece at hand. Among lines of one time, streams keep their `order`. */
interface Cursor {
  readonly source: LineSource;
  readonly order: number;
  piece: readonly LogLine[];
  at: number;
}

/** Each stream's lines in order, the streams merged by time, up to where they end now. */
export async function* mergeLogs(
  sources: readonly LineSource[],
  signal?: AbortSignal,
): AsyncGenerator<LogLine> {
  const bytes = Math.min(LARGEST_PIECE_BYTES, Math.ceil(MERGE_BYTES / Math.max(1, sources.length)));
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
  sources: readonly LineSource[],
  options: { readonly bytes: number; readonly signal: AbortSignal | undefined },
): Promise<Cursor[]> {
  const cursors: Cursor[] = [];
  const waiting = sources.entries();
  // Lanes that take the next source each, from one shared iterator.
  const lane = async () => {
    for (const [order, source] of waiting) {
      const piece = await source.next(options);
      if (piece && piece.length > 0) cursors.push({ source, order, piece, at: 0 });
    }
  };
  await Promise.all(Array.from({ length: OPENING }, lane));
  return cursors;
}

function current({ piece, at }: Cursor): LogLine {
  return piece[at] as LogLine;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const byTime = current(a).timeMs - current(b).timeMs;
  return byTime === 0 ? a.order < b.order : byTime < 0;
}

/** Lets the first cursor of a binary heap sink to its place: for each line, a scan of 1,000 streams would be slow. */
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
