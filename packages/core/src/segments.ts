import type { Segment } from "./batch.ts";

/** Segments as short text, `source:start:end` each: a third of the size of JSON, and faster to write and read. */
export function encodeSegments(segments: readonly Segment[]): string {
  let text = "";
  for (const { source, start, end } of segments) text += `${text && " "}${source}:${start}:${end}`;
  return text;
}

/** Decodes the output of {@link encodeSegments}; other input is not detected. */
export function decodeSegments(text: string): Segment[] {
  if (text === "") return [];
  return text.split(" ").map((part) => {
    const [source, start, end] = part.split(":");
    return { source: Number(source), start: Number(start), end: Number(end) };
  });
}
