import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";

/**
 * Writes a file that only its owner may read, atomically and flushed to disk. It writes a new temporary file, because a
 * mode has no effect on an existing file.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, text, { mode: 0o600, flag: "wx", flush: true });
  await rename(aside, path);
}
