/**
 * A colour or the like, or one character that a terminal obeys, or that a line can be forged with: line ends of other kinds,
 * and what has text run from right to left.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is shown instead of obeyed
const CONTROL = /\u001b\[[\d;:]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Deeper than any line of a command's own: hints and fields stand two columns in. */
const INDENT = "    ";

/**
 * Text that others may have written (predictors' prints, labels, error messages) as a terminal may get it: colours, tabs and
 * line ends stay, every other control character is written as JSON writes it, such as `\u001b`. JSON stays the same JSON.
 */
export function terminalText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(CONTROL, (found) =>
      found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** As {@link terminalText}, for one line of a command: after a line break in it nothing can be taken for another. */
export function terminalLine(text: string): string {
  return terminalText(text).trimEnd().replaceAll("\n", `\n${INDENT}`);
}

/** Text of others that is shown line by line below a line of a command's own, such as a traceback. */
export function quotedLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => INDENT + line);
}
