import { randomBytes } from "node:crypto";
import { chmod, link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{32,}$/;
const EXPECTED = 'at least 32 letters, digits, "-" or "_"';

/**
 * Removes `MILLRACE_SERVICE_TOKEN`, the service's token, from its environment, so that no child process inherits it.
 * Also removes `MILLRACE_TOKEN`, a client's token that may belong to another service: a predictor that prints its
 * environment would leak it to the log.
 *
 * @returns undefined if there is none
 * @throws {MillraceError} invalid_config, without the token
 */
export function takeToken(environment: Record<string, string | undefined>): string | undefined {
  const token = environment.MILLRACE_SERVICE_TOKEN?.trim();
  delete environment.MILLRACE_SERVICE_TOKEN;
  delete environment.MILLRACE_TOKEN;
  if (token === undefined || token === "") return undefined;
  if (TOKEN.test(token)) return token;
  throw new MillraceError("invalid_config", `Cannot use MILLRACE_SERVICE_TOKEN: expected ${EXPECTED}`, {
    details: { field: "MILLRACE_SERVICE_TOKEN" },
  });
}

/**
 * The token of this installation, from `<home>/token`; generated at the first start (32 random bytes, base64url, mode
 * 0600).
 *
 * @throws {MillraceError} state_corrupt when the file contains something else
 */
export async function loadToken(home: string): Promise<string> {
  const path = join(home, "token");
  const kept = await readToken(path);
  if (kept !== undefined) return kept;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  // Written to a temporary file and linked, so that the file is never seen empty and an existing one is never replaced.
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, `${token}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(aside, { force: true });
  }
  return (await readToken(path)) ?? token;
}

async function readToken(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const token = text.trim();
  if (!TOKEN.test(token)) {
    throw new MillraceError(
      "state_corrupt",
      `Cannot use the token file "${path}": expected ${EXPECTED}; remove it and start again to make a new one`,
    );
  }
  await chmod(path, 0o600);
  return token;
}
