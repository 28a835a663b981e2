import type { Backend, BatchDescriptor, ResultBlock } from "@millrace/core";

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
      yield { block, batch: !next.done && isSameRange(next.value, block) ? next.value : undefined };
    }
  } finally {
    await descriptors.return?.();
  }
}

/** The rows of a block as strings. */
export function rowsOf({ rows, count }: ResultBlock): readonly string[] {
  return rows.split("\n").slice(0, count);
}

function isSameRange(batch: BatchDescriptor, block: ResultBlock): boolean {
  return batch.first === block.first && batch.count === block.count;
}
