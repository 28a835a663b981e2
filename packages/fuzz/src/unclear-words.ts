/** Words that only the inside of a program knows: JavaScript's own errors and values, and those of a library. */
const UNCLEAR =
  /\bundefined\b|\[object \w+\]|\bNaN\b|\bInvalid input\b|, received |Cannot read propert|is not (?:a function|iterable|defined)|Invalid (?:array|typed array|string|count) |Offset is outside|Cannot convert|Cannot mix|call stack|\b(?:Type|Range|Reference|Syntax)Error\b|\bat .+:\d+:\d+\)/;

/** What of a message its reader cannot understand, or undefined when all is clear. */
export function unclearWords(message: string): string | undefined {
  if (message.trim() === "") return "nothing is said";
  return UNCLEAR.exec(message)?.[0];
}
