/** A value as indented JSON, truncated to `maxChars`. */
export function prettyJson(
  value: unknown,
  maxChars = 4_000,
): { readonly text: string; readonly hidden: number } {
  const text = JSON.stringify(value, null, 2) ?? "null";
  if (text.length <= maxChars) return { text, hidden: 0 };
  return { text: text.slice(0, maxChars), hidden: text.length - maxChars };
}

/** A value on one line, truncated to `maxChars`. */
export function inlineJson(value: unknown, maxChars = 160): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}…`;
}
