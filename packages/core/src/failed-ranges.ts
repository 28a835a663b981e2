import type { BatchDescriptor } from "./batch.ts";
import type { BatchCommit } from "./ports/ledger-batches.ts";
import { decodeSegments, encodeSegments } from "./segments.ts";

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
  return ranges
    .map(({ first, count, priorAttempts = 0, segments }) =>
      [first, count, priorAttempts, encodeSegments(segments)].join(","),
    )
    .join("\n");
}

/** Decodes the output of {@link encodeRanges}; other input is not detected. */
export function decodeRanges(text: string): BatchDescriptor[] {
  return text.split("\n").map((line) => {
    const [first, count, prior, segments = ""] = line.split(",");
    const range = { first: Number(first), count: Number(count), segments: decodeSegments(segments) };
    return Number(prior) > 0 ? { ...range, priorAttempts: Number(prior) } : range;
  });
}
