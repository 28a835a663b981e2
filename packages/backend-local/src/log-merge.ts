import type { LogLine } from "@millrace/core";
import type { LogFileReader } from "./log-lines.ts";

/** Bytes held while merging, over all files. */
const MERGE_BYTES = 16 * 1024 * 1024;
const LARGEST_PIECE_BYTES = 256 * 1024;
const SMALLEST_PIECE_BYTES = 4 * 1024;

/** The piece to read from each of `files` files at a time. */
export function pieceBytes(files: number): number {
  const share = Math.floor(MERGE_BYTES / Math.max(1, files));
  return Math.max(SMALLEST_PIECE_BYTES, Math.min(LARGEST_PIECE_BYTES, share));
}

interface Head {
  readonly reader: LogFileReader;
  /** Among lines of one time, files keep this order. */
  readonly order: number;
  lines: readonly LogLine[];
  next: number;
}

/** Each file's lines in order, the files merged by time, up to where they end now. */
export async function* mergeLogs(
  readers: readonly LogFileReader[],
  signal?: AbortSignal,
): AsyncGenerator<LogLine> {
  const piece = pieceBytes(readers.length);
  const heap: Head[] = [];
  for (const [order, reader] of readers.entries()) {
    signal?.throwIfAborted();
    const lines = await reader.next(piece);
    if (lines) push(heap, { reader, order, lines, next: 0 });
  }
  for (let head = heap[0]; head; head = heap[0]) {
    signal?.throwIfAborted();
    yield lineOf(head);
    head.next += 1;
    if (head.next === head.lines.length) {
      const lines = await head.reader.next(piece);
      if (lines) {
        head.lines = lines;
        head.next = 0;
      } else {
        const last = heap.pop() as Head;
        if (last === head) continue;
        heap[0] = last;
      }
    }
    sink(heap);
  }
}

function lineOf(head: Head): LogLine {
  return head.lines[head.next] as LogLine;
}

function before(a: Head, b: Head): boolean {
  const difference = lineOf(a).timeMs - lineOf(b).timeMs;
  return difference < 0 || (difference === 0 && a.order < b.order);
}

/** A binary heap: a scan of 1,000 heads for each line would cost more than reading it. */
function push(heap: Head[], head: Head): void {
  let at = heap.push(head) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(head, heap[parent] as Head)) break;
    heap[at] = heap[parent] as Head;
    at = parent;
  }
  heap[at] = head;
}

function sink(heap: Head[]): void {
  const head = heap[0];
  if (!head) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right && before(right, heap[child] as Head)) child += 1;
    if (!before(heap[child] as Head, head)) break;
    heap[at] = heap[child] as Head;
    at = child;
  }
  heap[at] = head;
}
