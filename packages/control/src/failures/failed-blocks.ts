import {
  type Backend,
  type BatchDescriptor,
  type ItemRange,
  isErrorRow,
  type ResultBlock,
  rowIndex,
} from "@millrace/core";

/** The rows of a range whose items failed, and the batch that says where the items' bytes are. */
export interface FailedBlock {
  readonly block: ResultBlock;
  readonly batch: BatchDescriptor | undefined;
}

/** The job's failed ranges in input order. */
export async function* failedBlocks(backend: Backend, jobId: string): AsyncGenerator<FailedBlock> {
  const { batches } = backend.ledger;
  // Both are in input order: the blocks have the rows, the descriptors say where the items' bytes are.
  const descriptors = batches.unfinished(jobId)[Symbol.asyncIterator]();
  try {
    let next = await descriptors.next();
    for await (const block of batches.results(jobId, { failedOnly: true })) {
      while (!next.done && next.value.first < block.first) next = await descriptors.next();
      const batches: BatchDescriptor[] = [];
      for (; !next.done && isWithin(next.value, block); next = await descriptors.next())
        batches.push(next.value);
      yield* failedParts(block, batches);
    }
  } finally {
    await descriptors.return?.();
  }
}

/** The rows of a block as strings. */
export function rowsOf({ rows, count }: ResultBlock): readonly string[] {
  return rows.split("\n").slice(0, count);
}

/** The parts of a block whose items failed. `batches` say where they are, unless that was too long to be kept. */
function* failedParts(block: ResultBlock, batches: readonly BatchDescriptor[]): Generator<FailedBlock> {
  const items = batches.reduce((sum, { count }) => sum + count, 0);
  if (items === block.failedItems) {
    for (const batch of batches) yield { block: partOf(block, batch), batch };
    return;
  }
  for (const row of rowsOf(block)) {
    if (isErrorRow(row)) yield { block: partOf(block, { first: rowIndex(row), count: 1 }), batch: undefined };
  }
}

function partOf(block: ResultBlock, { first, count }: ItemRange): ResultBlock {
  if (count === block.count) return block;
  const from = first - block.first;
  const rows = rowsOf(block).slice(from, from + count);
  return { first, count, rows: rows.map((row) => `${row}\n`).join(""), failedItems: count };
}

function isWithin(batch: BatchDescriptor, block: ResultBlock): boolean {
  return batch.first >= block.first && batch.first + batch.count <= block.first + block.count;
}
