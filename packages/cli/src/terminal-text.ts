/**
 * A colour or other style, or one character that controls a terminal or can forge a line: unusual line ends, and
 * characters that switch to right-to-left text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal must not see these
const CONTROL = /\u001b\[[\d;:]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Deeper than any line of our own: hints and fields are indented by two columns. */
const INDENT = "    ";

/**
 * Makes text from elsewhere (predictor output, labels, error messages) safe for a terminal. Keeps colours, tabs and
 * line ends; escapes every other control character as in JSON, such as `\u001b`. JSON stays equivalent JSON.
 */
export function terminalText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(CONTROL, (found) =>
      found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** Like {@link terminalText}, for one line of a command: no line break in it can start what looks like another line. */
export function terminalLine(text: string): string {
  return terminalText(text).trimEnd().replaceAll("\n", `\n${INDENT}`);
}

/** Indents text from elsewhere that is shown below a line of our own, such as a traceback. */
export function quotedLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => INDENT + line);
}
