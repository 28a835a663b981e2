/** The words that Python's `json` writes for numbers that JSON does not have. */
const WORDS = /-?Infinity|NaN/g;

/** True when a JSON text may contain one of the words, even if only in a string. */
export function mayHoldNonFinite(text: string): boolean {
  return text.includes("NaN") || text.includes("Infinity");
}

/** A JSON text with the words outside strings replaced: by null, or by the word as a string. */
export function withoutNonFinite(text: string, nan: "string" | undefined): string {
  if (!mayHoldNonFinite(text)) return text;
  let result = "";
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const stop = quote < 0 ? text.length : quote;
    result += text.slice(at, stop).replace(WORDS, (word) => (nan === "string" ? `"${word}"` : "null"));
    at = quote < 0 ? stop : stringEnd(text, quote);
    result += text.slice(stop, at);
  }
  return result;
}

/** Position after the string that starts at `quote`. */
function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at += 1) {
    const end = text.indexOf('"', at);
    if (end < 0) break;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    at = end;
  }
  return text.length;
}
