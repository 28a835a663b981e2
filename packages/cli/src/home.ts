import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Context } from "./context.ts";

const NAME = ".millrace";

/**
 * The service's state directory: the flag, `MILLRACE_HOME`, the nearest `.millrace` in this or a parent directory, or
 * `./.millrace`.
 */
export function findHome(context: Context, flag: string | undefined): string {
  const named = flag ?? (context.env.MILLRACE_HOME?.trim() || undefined);
  if (named !== undefined) return resolve(context.cwd, named);
  for (let directory = context.cwd; ; directory = dirname(directory)) {
    const candidate = join(directory, NAME);
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory()) return candidate;
    if (dirname(directory) === directory) return join(context.cwd, NAME);
  }
}
