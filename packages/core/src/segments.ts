import type { Segment } from "./batch.ts";

/** Segments as short text, `source:start:end` each: a third of their JSON, and faster both ways. */
export function encodeSegments(segments: readonly Segment[]): string {
  let text = "";
  for (const { source, start, end } of segments) text += `${text && " "}${source}:${start}:${end}`;
  return text;
}

/** What {@link encodeSegments} wrote; anything else is not noticed. */
export function decodeSegments(text: string): Segment[] {
  if (text === "") return [];
  return text.split(" ").map((part) => {
    const [source, start, end] = part.split(":");
    return { source: Number(source), start: Number(start), end: Number(end) };
  });
}
