import type { BatchDescriptor } from "./batch.ts";
import { decodeSegments, encodeSegments } from "./segments.ts";

/** A batch as text: `first count priorAttempts source:start:end …`; a third of the size of its JSON. */
export function encodeBatch({ first, count, segments, priorAttempts = 0 }: BatchDescriptor): string {
  return `${first} ${count} ${priorAttempts} ${encodeSegments(segments)}`.trimEnd();
}

const BATCH = /^\d+ [1-9]\d* \d+(?: \d+:\d+:\d+)*$/;

/** @throws {SyntaxError} when the text was not made by {@link encodeBatch} */
export function decodeBatch(text: string): BatchDescriptor {
  const [first, count, prior, ...segments] = text.split(" ");
  const batch = {
    first: Number(first),
    count: Number(count),
    segments: decodeSegments(segments.join(" ")),
  };
  const priorAttempts = Number(prior);
  if (!BATCH.test(text) || !Number.isSafeInteger(batch.first + batch.count)) {
    throw new SyntaxError(
      `Cannot read batch "${text.slice(0, 100)}": expected <first> <count> <attempts> <segment> …`,
    );
  }
  return priorAttempts > 0 ? { ...batch, priorAttempts } : batch;
}
