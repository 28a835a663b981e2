import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../user-error.ts";

/** Write permissions of group and others. */
const OTHERS_WRITE = 0o022;

/** The properties of a file or directory that determine who can change it. */
interface Owned {
  readonly uid: number;
  readonly mode: number;
}

/**
 * Reads a file that determines where a token is sent; undefined if it does not exist. Another user who could write or
 * replace it would get the token.
 *
 * @throws {UserError} when it or its directory belongs to another user, or others can write to it
 */
export async function readTrusted(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const directory = dirname(path);
    const checked = [
      [directory, await stat(directory)],
      [path, await file.stat()],
    ] as const;
    for (const [shown, stats] of checked) {
      const problem = trustProblem(shown, stats);
      if (problem !== undefined) throw new UserError(`Cannot use "${path}": ${problem.why}`, problem);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Why a path must not be trusted with a token, and what to do; undefined when it can be trusted. */
export function trustProblem(
  path: string,
  { uid, mode }: Owned,
): { readonly why: string; readonly hint: string } | undefined {
  const own = process.getuid?.();
  // Windows has neither owners nor modes.
  if (own === undefined) return undefined;
  if (uid !== own && uid !== 0) {
    return {
      why: `"${path}" belongs to user ${uid}, expected ${own}: that user could redirect the token`,
      hint: "run this as that user, or name another home with --home, or a service with --env",
    };
  }
  if ((mode & OTHERS_WRITE) === 0) return undefined;
  return {
    why: `other users can write to "${path}", and so could redirect the token`,
    hint: `chmod go-w ${path}`,
  };
}
