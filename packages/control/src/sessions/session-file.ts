import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writePrivateFile } from "../startup/private-file.ts";

/** Contents of `<home>/sessions.json`. */
export interface SessionFile {
  /** Part of the key that signs all cookies. */
  readonly salt: string;
  /** Ids of sessions that were ended, and when (milliseconds since the epoch) their last cookie expires. */
  readonly ended: Readonly<Record<string, number>>;
}

/**
 * Reads the file, or creates a new one. The salt and the list of ended sessions are in one file on purpose: a service
 * that lost the list has lost the salt too, and accepts no earlier cookie.
 */
export async function openSessionFile(home: string): Promise<SessionFile> {
  const kept = await readFile(pathIn(home), "utf8").then(parse, (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (kept !== undefined) return kept;
  const file = { salt: randomBytes(32).toString("base64url"), ended: {} };
  await saveSessionFile(home, file);
  return file;
}

/** Writes the file atomically and flushes it to disk: ended sessions stay ended after a power failure. */
export async function saveSessionFile(home: string, file: SessionFile): Promise<void> {
  await writePrivateFile(pathIn(home), `${JSON.stringify(file)}\n`);
}

function pathIn(home: string): string {
  return join(home, "sessions.json");
}

/** Undefined for a damaged file: starting a new one only makes people sign in again. */
function parse(text: string): SessionFile | undefined {
  try {
    const { salt, ended } = JSON.parse(text) as Partial<SessionFile>;
    const isWhole =
      typeof salt === "string" && salt.length >= 32 && typeof ended === "object" && ended !== null;
    return isWhole ? { salt, ended } : undefined;
  } catch {
    return undefined;
  }
}
