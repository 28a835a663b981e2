import type { BatchDescriptor, Segment } from "@millrace/core";

/** A batch as text: `first count priorAttempts source:start:end …`; a third of its JSON. */
export function encodeBatch({ first, count, segments, priorAttempts = 0 }: BatchDescriptor): string {
  let text = `${first} ${count} ${priorAttempts}`;
  for (const { source, start, end } of segments) text += ` ${source}:${start}:${end}`;
  return text;
}

const BATCH = /^\d+ [1-9]\d* \d+(?: \d+:\d+:\d+)*$/;

/** @throws {SyntaxError} when the text is not one of {@link encodeBatch}'s */
export function decodeBatch(text: string): BatchDescriptor {
  const [first, count, prior, ...segments] = text.split(" ");
  const batch = { first: Number(first), count: Number(count), segments: segments.map(toSegment) };
  const priorAttempts = Number(prior);
  if (!BATCH.test(text) || !Number.isSafeInteger(batch.first + batch.count)) {
    throw new SyntaxError(
      `Cannot read batch "${text.slice(0, 100)}": expected <first> <count> <attempts> <segment> …`,
    );
  }
  return priorAttempts > 0 ? { ...batch, priorAttempts } : batch;
}

function toSegment(text: string): Segment {
  const [source, start, end] = text.split(":");
  return { source: Number(source), start: Number(start), end: Number(end) };
}
