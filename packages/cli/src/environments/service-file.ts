import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceFile } from "@millrace/core";
import { readTrusted } from "../environments/trusted-file.ts";

/**
 * Reads what the local service wrote about itself; undefined when none runs or the file is damaged.
 *
 * @throws {UserError} when another user could have written it
 */
export async function readServiceFile(home: string): Promise<ServiceFile | undefined> {
  const text = await readTrusted(join(home, "service.json"));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<ServiceFile>;
    return typeof value.url === "string" && typeof value.pid === "number"
      ? (value as ServiceFile)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The installation's token, if there is one yet. */
export async function readToken(home: string): Promise<string | undefined> {
  const text = await readFile(join(home, "token"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  return text?.trim() || undefined;
}

/** True while a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists but belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
