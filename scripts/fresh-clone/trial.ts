import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { freshClone } from "./clone.ts";
import { leftRunning, type Ran, runCommand } from "./run-command.ts";
import { userEnvironment } from "./user-environment.ts";

/** What pnpm prints while it installs, before it starts the script. */
export const INSTALLING: readonly RegExp[] = [/^Progress: resolved \d+/m, /^Done in /m];

/** How a command is tried in a clone with nothing installed. */
export interface Trial {
  readonly command: string;
  /** The shell's working directory. @default the root */
  readonly folder?: string;
  /** @default 0 */
  readonly code?: number;
  /** Expected output, in this order: a command announces a long step before it starts it. */
  readonly shows: readonly RegExp[];
  /** For commands that run until Ctrl-C: any exit code is accepted, but they must end. */
  readonly until?: RegExp;
}

/** Runs a command in a clone of its own, and checks its output, its exit code, and that nothing is left running. */
export async function tryInFreshClone(t: ExecutionContext, trial: Trial): Promise<void> {
  const clone = await freshClone();
  t.teardown(clone.remove);
  const cwd = join(clone.directory, trial.folder ?? ".");
  const ran = await runCommand(trial.command, {
    cwd,
    env: userEnvironment(process.env),
    until: trial.until,
  });
  t.log(describe(trial, ran));
  t.deepEqual(missing(ran.output, trial.shows), [], `${trial.command} printed:\n${ran.output}`);
  if (trial.until === undefined) t.is(ran.code, trial.code ?? 0, `${trial.command} printed:\n${ran.output}`);
  t.deepEqual(await leftRunning(clone.directory), [], `${trial.command} left processes`);
}

/** The patterns that are not found in the expected order. */
export function missing(output: string, shows: readonly RegExp[]): readonly string[] {
  let from = 0;
  return shows.flatMap((pattern) => {
    const found = pattern.exec(output.slice(from));
    if (found === null) return [String(pattern)];
    from += found.index + found[0].length;
    return [];
  });
}

function describe({ command, folder, until }: Trial, { code, seconds }: Ran): string {
  const place = folder === undefined || folder === "." ? "" : `cd ${folder} && `;
  const end = until === undefined ? `exit code ${code}` : "ready, ended by Ctrl-C";
  return `${place}${command}: ${end} in ${seconds.toFixed(1)} s`;
}
