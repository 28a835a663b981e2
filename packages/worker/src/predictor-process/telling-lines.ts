import { stripVTControlCharacters } from "node:util";

/** Lines that runtimes print around an error but that mean nothing alone: frames, carets, the version, empty lines. */
const NOISE = /^\s*$|^\s+at |^\s*[\^~]+\s*$|^Node\.js v\d/;
const SHOWN = 5;

/**
 * The last meaningful lines. JavaScript runtimes print the error above its stack, and the stack alone would fill the
 * excerpt.
 */
export function tellingLines(lines: readonly string[]): readonly string[] {
  const texts = lines.map(stripVTControlCharacters);
  return texts.filter((line) => !NOISE.test(line)).slice(-SHOWN);
}
