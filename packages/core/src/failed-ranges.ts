import type { BatchDescriptor } from "./batch.ts";
import { decodeBatch, encodeBatch } from "./batch-text.ts";
import type { BatchCommit } from "./ports/ledger-batches.ts";

/**
 * The ranges of a commit whose items failed: none, the whole batch, or parts of it.
 * @throws {RangeError} when they are not as many items as the commit says
 */
export function failedRanges({ batch, failedItems, failed }: BatchCommit): readonly BatchDescriptor[] {
  const ranges = failed ?? (failedItems === 0 ? [] : [batch]);
  const items = ranges.reduce((sum, { count }) => sum + count, 0);
  if (items !== failedItems) {
    throw new RangeError(
      `Cannot commit a batch of ${batch.count}: ${failedItems} items failed, expected as many as in its failed ranges (${items})`,
    );
  }
  return ranges;
}

/** Ranges as a short text. */
export function encodeRanges(ranges: readonly BatchDescriptor[]): string {
  return ranges.map(encodeBatch).join("\n");
}

/** @throws {SyntaxError} when the text was not made by {@link encodeRanges} */
export function decodeRanges(text: string): BatchDescriptor[] {
  return text.split("\n").map(decodeBatch);
}
