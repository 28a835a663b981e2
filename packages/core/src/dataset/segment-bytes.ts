import { Buffer } from "node:buffer";
import type { Segment } from "../batch.ts";
import { MillraceError } from "../errors.ts";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/** Adjacent segments are read together up to this size; a larger one is read alone. */
const READ_BYTES = 8 * 1024 * 1024;
/** Reading a gap this small costs less than a second read. */
const GAP_BYTES = 64 * 1024;
const READS_AT_ONCE = 8;

interface Run {
  readonly source: Source;
  readonly start: number;
  end: number;
  /** Numbers of the segments in this run. */
  readonly segments: number[];
}

/**
 * Reads the bytes of segments, with one read for neighbours in the same source.
 *
 * @throws {MillraceError} input_changed when a source has changed since it was planned
 */
export async function readSegments(
  objects: ObjectStore,
  wanted: readonly { readonly segment: Segment; readonly source: Source }[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly Buffer[]> {
  const all: Buffer[] = new Array(wanted.length);
  const runs = joinRuns(wanted).values();
  async function readRuns(): Promise<void> {
    // The readers share the iterator: each takes the next run that no other reader has taken.
    for (const run of runs) {
      const bytes = await readRun(objects, run, signal);
      for (const i of run.segments) {
        const { start, end } = (wanted[i] as { segment: Segment }).segment;
        all[i] = bytes.subarray(start - run.start, end - run.start);
      }
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readRuns));
  return all;
}

function joinRuns(wanted: readonly { readonly segment: Segment; readonly source: Source }[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [i, { segment, source }] of wanted.entries()) {
    const run = runs.at(-1);
    const gap = run ? segment.start - run.end : -1;
    const joins =
      run?.source.id === source.id && gap >= 0 && gap <= GAP_BYTES && segment.end - run.start <= READ_BYTES;
    if (run && joins) {
      run.end = segment.end;
      run.segments.push(i);
    } else {
      runs.push({ source, start: segment.start, end: segment.end, segments: [i] });
    }
  }
  return runs;
}

async function readRun(objects: ObjectStore, run: Run, signal: AbortSignal | undefined): Promise<Buffer> {
  const { source, start, end } = run;
  const bytes = await objects.read(source.uri, {
    start,
    end,
    version: source.version,
    ...(signal ? { signal } : {}),
  });
  if (bytes.byteLength !== end - start) {
    throw new MillraceError(
      "input_changed",
      `Cannot read bytes ${start} to ${end} of "${objects.display(source.origin)}": ${bytes.byteLength} bytes are left, expected the file as it was when the job was enqueued`,
      { details: { file: objects.display(source.origin), start, end } },
    );
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
