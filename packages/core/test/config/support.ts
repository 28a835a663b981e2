import { MillraceError } from "../../src/mod.ts";
import { parseApiConfigs } from "../../src/schemas.ts";

export const file = "millrace.yaml";
export const minimal = "name: a\npredictor: {type: python, path: p.py}\n";

/** The error for a configuration that must be refused. */
export function errorOf(text: string): MillraceError {
  try {
    parseApiConfigs(text, { file });
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** Message lines without the file's name. */
export function linesOf(text: string): readonly string[] {
  return errorOf(text)
    .message.split("\n")
    .map((line) => line.replace(`${file}:`, ""));
}
