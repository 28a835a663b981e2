import { runStorm, type StormReport } from "@millrace/system";
import type { ChaosCommand } from "./command-line.ts";

/** Jobs that wait while the others run. */
const WAITING = 100;

/** `npx pnpm@12 chaos --storm KILLS`: one storm per seed. Returns how many of them left and lost nothing. */
export async function runStorms(command: ChaosCommand, signal: AbortSignal): Promise<number> {
  let passed = 0;
  for (const seed of command.seeds) {
    const startedMs = performance.now();
    const seconds = () => `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
    const report = await runStorm({
      seed,
      kills: command.storm ?? 0,
      waiting: WAITING,
      signal,
      onKill: (victim, pid) => {
        if (command.verbose) console.log(`storm ${seed}  ${seconds()}  kill-${victim}: ${pid}`);
      },
    });
    console.log(line(seed, report, seconds()));
    for (const violation of report.violations) console.log(`  violated: ${violation}`);
    if (report.violations.length === 0) passed += 1;
    else console.log(`  its home: ${report.home}`);
  }
  return passed;
}

function line(
  seed: number,
  { kills, jobs, deploys, givenUp, violations }: StormReport,
  time: string,
): string {
  const end = violations.length === 0 ? "ok" : `${violations.length} VIOLATIONS`;
  const counts = Object.entries(kills).map(([victim, count]) => `${victim} ${count}`);
  const all = Object.values(kills).reduce((sum, count) => sum + count, 0);
  return `storm seed ${seed}: ${end} in ${time}, ${all} kills (${counts.join(", ")}), ${jobs} jobs, ${givenUp} of them given up, ${deploys.done} of ${deploys.done + deploys.failed} deploys done`;
}
