import { stripVTControlCharacters } from "node:util";
import type { Style } from "../output.ts";
import type { ScreenLine } from "./screen.ts";

/** A part of a line and its style. */
export interface Segment {
  readonly text: string;
  readonly style?: Style;
}

/** Joins segments into a line of at most `columns`, cut with `…`. */
export function fitLine(
  segments: readonly Segment[],
  columns: number,
  style: (style: Style, text: string) => string,
): ScreenLine {
  let room = columns;
  let text = "";
  const width = segments.reduce((sum, segment) => sum + [...segment.text].length, 0);
  for (const segment of segments) {
    if (room <= 0) break;
    const characters = [...segment.text];
    const isCut = width > columns && characters.length >= room;
    const shown = isCut ? `${characters.slice(0, room - 1).join("")}…` : segment.text;
    text += segment.style === undefined ? shown : style(segment.style, shown);
    room -= isCut ? room : characters.length;
  }
  return { text, width: Math.min(width, columns) };
}

/** Makes text from elsewhere a single line without terminal control characters. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}
