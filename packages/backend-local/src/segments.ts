import type { BatchDescriptor, Segment } from "@millrace/core";

/** Columns of a batch in the job's file. */
export interface BatchRow {
  readonly first: number;
  readonly count: number;
  readonly segments: string;
  readonly prior: number;
}

/** Segments as short text, `source:start:end` each: a third of their JSON, and faster both ways. */
export function encodeSegments(segments: readonly Segment[]): string {
  let text = "";
  for (const { source, start, end } of segments) text += `${text && " "}${source}:${start}:${end}`;
  return text;
}

export function toDescriptor(row: BatchRow): BatchDescriptor {
  const batch = { first: row.first, count: row.count, segments: decodeSegments(row.segments) };
  return row.prior > 0 ? { ...batch, priorAttempts: row.prior } : batch;
}

function decodeSegments(text: string): Segment[] {
  if (text === "") return [];
  return text.split(" ").map((part) => {
    const [source, start, end] = part.split(":");
    return { source: Number(source), start: Number(start), end: Number(end) };
  });
}
