import type { BatchDescriptor, Segment } from "../batch.ts";
import type { LoadedBatch } from "./batch-reader.ts";

/**
 * Cuts a batch in two: the first half has `floor(count / 2)` items. The caller sets `priorAttempts`.
 *
 * @throws {RangeError} when the batch has one item
 */
export function splitBatch({ batch, cut }: LoadedBatch): readonly [BatchDescriptor, BatchDescriptor] {
  if (batch.count < 2 || !cut)
    throw new RangeError("Cannot split a batch of one item: expected at least two");
  const half = Math.floor(batch.count / 2);
  const split = batch.segments[cut.segment] as Segment;
  const rest = cut.at < split.end ? [{ ...split, start: cut.at }] : [];
  return [
    {
      first: batch.first,
      count: half,
      segments: [...batch.segments.slice(0, cut.segment), { ...split, end: cut.at }],
    },
    {
      first: batch.first + half,
      count: batch.count - half,
      segments: [...rest, ...batch.segments.slice(cut.segment + 1)],
    },
  ];
}
