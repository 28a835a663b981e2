import { stripVTControlCharacters } from "node:util";

/** What runtimes print around an error, and says nothing by itself: frames, carets, the version, empty lines. */
const NOISE = /^\s*$|^\s+at |^\s*[\^~]+\s*$|^Node\.js v\d/;
const SHOWN = 5;

/**
 * The last lines that say something. JavaScript's runtimes print the error above its stack, which alone would be longer
 * than what is shown.
 */
export function tellingLines(lines: readonly string[]): readonly string[] {
  const texts = lines.map(stripVTControlCharacters);
  return texts.filter((line) => !NOISE.test(line)).slice(-SHOWN);
}
