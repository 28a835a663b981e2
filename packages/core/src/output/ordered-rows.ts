import type { WorkerBackend } from "../backend.ts";
import type { Job, JobOutput } from "../job.ts";
import { rowIndex } from "../result-row.ts";
import type { RowChunk } from "./formats/format.ts";
import { formatOfPart } from "./formats/registry.ts";

type Reading = Pick<WorkerBackend, "ledger" | "objects">;

/**
 * A job's rows in input order: from its output parts if they have been written, otherwise from the ledger. A retry's
 * rows are merged over its parent's: where both have an item, the retry's row wins.
 */
export async function* orderedRows(
  backend: Reading,
  options: { readonly job: Job; readonly signal?: AbortSignal },
): AsyncIterable<RowChunk> {
  const { job, signal } = options;
  if (job.output) {
    for (const uri of job.output.partUris)
      yield* formatOfPart(uri).rows(backend.objects.stream(uri, signal ? { signal } : {}));
    return;
  }
  const own = ownRows(backend, options);
  if (job.spec.dataset.kind !== "retry") {
    yield* own;
    return;
  }
  const parent = await backend.ledger.jobs.get(job.spec.dataset.parentJobId);
  yield* merge(orderedRows(backend, { ...options, job: parent }), own);
}

/**
 * Written rows as NDJSON, for callers that only pass them on: if the parts are NDJSON, chunks are not cut at line
 * breaks.
 */
export async function* writtenRows(
  { objects }: Pick<Reading, "objects">,
  { partUris }: JobOutput,
): AsyncGenerator<RowChunk | Uint8Array> {
  for (const uri of partUris) {
    const { isNdjson, rows } = formatOfPart(uri);
    const bytes = objects.stream(uri);
    yield* isNdjson ? bytes : rows(bytes);
  }
}

async function* ownRows(
  backend: Pick<WorkerBackend, "ledger">,
  options: { readonly job: Job; readonly signal?: AbortSignal },
): AsyncIterable<RowChunk> {
  const { job, signal } = options;
  for await (const block of backend.ledger.batches.results(job.spec.jobId, signal ? { signal } : {}))
    yield block.rows;
}

async function* merge(
  older: AsyncIterable<RowChunk>,
  newer: AsyncIterable<RowChunk>,
): AsyncIterable<RowChunk> {
  const olderRows = lines(older)[Symbol.asyncIterator]();
  const newerRows = lines(newer)[Symbol.asyncIterator]();
  try {
    let left = await olderRows.next();
    let right = await newerRows.next();
    while (!left.done || !right.done) {
      const leftIndex = left.done ? Number.POSITIVE_INFINITY : rowIndex(left.value);
      const rightIndex = right.done ? Number.POSITIVE_INFINITY : rowIndex(right.value);
      yield `${rightIndex <= leftIndex ? right.value : left.value}\n`;
      const min = Math.min(leftIndex, rightIndex);
      if (leftIndex === min) left = await olderRows.next();
      if (rightIndex === min) right = await newerRows.next();
    }
  } finally {
    await olderRows.return?.(undefined);
    await newerRows.return?.(undefined);
  }
}

async function* lines(chunks: AsyncIterable<RowChunk>): AsyncGenerator<string, void, undefined> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf("\n", start);
      yield chunk.slice(start, end);
      start = end + 1;
    }
  }
}
