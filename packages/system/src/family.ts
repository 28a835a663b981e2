import { existsSync, readFileSync } from "node:fs";
import { poll } from "./poll.ts";

const MEMBERS = 5;

/**
 * A bash script whose processes do everything to escape, and write their process numbers into the file given as
 * argument: one in its own session, a daemon that ignores signals, two that drop the environment, and the shell.
 */
export const FAMILY_SH = `trap '' TERM
exec > "$1"
setsid sleep 1000 & echo $!
(setsid bash -c "trap '' TERM; echo \\$\\$; exec sleep 1000" &)
env -i sleep 1000 & echo $!
(env -i sleep 1000 & echo $!)
echo $$
wait
`;

/** The process numbers of a family, once all have written theirs. */
export function familyOf(file: string): Promise<readonly number[]> {
  return poll(`the family of ${file}`, async () => {
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
    return lines.length >= MEMBERS && lines.map(Number);
  });
}

/** Those of the processes that still run, excluding zombies. */
export function stillRunning(pids: readonly number[]): readonly number[] {
  return pids.filter((pid) => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    } catch {
      return false;
    }
  });
}
