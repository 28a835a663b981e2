import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";

/**
 * Writes a file that only its owner may read, whole or not at all, and through to the disk. What is written aside is new:
 * a mode counts for nothing where a file is there already.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, text, { mode: 0o600, flag: "wx", flush: true });
  await rename(aside, path);
}
