import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Check, type Finding, failed, ok } from "./finding.ts";

/** Checks that the local service's token is readable only by its owner. */
export const checkToken: Check = async ({ home }) => {
  const path = join(home, "token");
  const finding = await secretFinding("token", path);
  return [finding ?? ok("token", "none yet (created at the first start)")];
};

/** The finding for a file that only its owner may read; undefined if the file does not exist. */
export async function secretFinding(check: string, path: string): Promise<Finding | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return undefined;
  const mode = file.mode & 0o777;
  // Windows has no such modes.
  if (process.platform === "win32" || (mode & 0o077) === 0)
    return ok(check, `only its owner can read ${path}`);
  const text = `${path} has mode ${mode.toString(8).padStart(4, "0")}, expected 0600: others can read it`;
  return failed(check, text, `chmod 600 ${path}`);
}
