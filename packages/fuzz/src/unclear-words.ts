/** Words that expose a program's internals: errors and values of JavaScript and of a library. */
const UNCLEAR =
  /\bundefined\b|\[object \w+\]|\bNaN\b|\bInvalid input\b|, received |Cannot read propert|is not (?:a function|iterable|defined)|Invalid (?:array|typed array|string|count) |Offset is outside|Cannot convert|Cannot mix|call stack|\b(?:Type|Range|Reference|Syntax)Error\b|\bat .+:\d+:\d+\)/;

/** The part of a message that its reader cannot understand, or undefined if there is none. */
export function unclearWords(message: string): string | undefined {
  if (message.trim() === "") return "nothing is said";
  return UNCLEAR.exec(message)?.[0];
}
