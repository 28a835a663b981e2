/** A colour or the like, or one character that a terminal obeys or a line can be forged with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is shown instead of obeyed
const CONTROL = /\u001b\[[\d;:]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

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
