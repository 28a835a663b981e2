import { describeKinds, printSchedule } from "@millrace/chaos";
import { forEachAtOnce } from "@millrace/core";
import { type ChaosBackend, type ChaosReport, runChaos } from "@millrace/system";
import { type ChaosCommand, readCommandLine, USAGE } from "./command-line.ts";
import { runStorms } from "./storm.ts";

/** `npx pnpm@12 chaos`: runs jobs under seeded fault schedules, and checks that all invariants held. */
const command = read();
const runs = command.backends.flatMap((backend) => command.seeds.map((seed) => ({ backend, seed })));
const stopping = new AbortController();
// Suspended processes must be resumed and mounts unmounted.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort(signal));
if (command.storm !== undefined) {
  const passed = await runStorms(command, stopping.signal);
  const failed = command.seeds.length - passed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
let passed = 0;
let failed = 0;
let faults = 0;
const kinds: ChaosReport["injections"][number][] = [];
const preparation = command.backends.includes("aws") ? "; moto is installed at the first start" : "";
console.log(`${runs.length} runs of ${command.faults} faults, ${command.atOnce} at once${preparation}`);
await forEachAtOnce(runs, tryRun, { atOnce: command.atOnce });
console.log(`\n${faults} faults in all: ${describeKinds(kinds)}`);
const unfinished = runs.length - passed - failed;
if (stopping.signal.aborted)
  console.log(`broken off by ${stopping.signal.reason}: ${unfinished} not finished`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(passed === runs.length ? 0 : 1);

function read(): ChaosCommand {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** A run that cannot even start counts as failed, and does not stop the others. */
async function tryRun(of: (typeof runs)[number]): Promise<void> {
  if (stopping.signal.aborted) return;
  try {
    await run(of);
  } catch (error) {
    if (stopping.signal.aborted) return;
    failed += 1;
    console.log(`${of.backend} seed ${of.seed}: cannot begin: ${(error as Error).message}`);
  }
}

async function run({ backend, seed }: { backend: ChaosBackend; seed: number }): Promise<void> {
  const report = await runChaos({
    backend,
    seed,
    faults: command.faults,
    kinds: command.kinds,
    concurrency: command.concurrency,
    stages: command.stages,
    signal: stopping.signal,
    onInjected: ({ kind, atMs, what }) => {
      if (command.verbose)
        console.log(`${backend} ${seed}  ${(atMs / 1_000).toFixed(1)} s  ${kind}: ${what}`);
    },
  });
  faults += report.injections.length;
  kinds.push(...report.injections);
  if (stopping.signal.aborted) return;
  if (report.violations.length === 0) passed += 1;
  else failed += 1;
  console.log(line(report));
  if (report.violations.length > 0) console.log(account(report));
}

function line({ backend, seed, injections, schedule, durationMs, violations }: ChaosReport): string {
  const end = violations.length === 0 ? "ok" : `${violations.length} VIOLATIONS`;
  const seconds = `${(durationMs / 1_000).toFixed(0)} s`;
  const done = `${injections.length} of ${schedule.length} faults`;
  return `${backend} seed ${seed}: ${end} in ${seconds}, ${done} (${describeKinds(injections)})`;
}

/** Everything needed to investigate it. */
function account({ backend, seed, injections, schedule, violations, home }: ChaosReport): string {
  const did = injections.map(({ kind, atMs, what }) => `  ${(atMs / 1_000).toFixed(1)} s  ${kind}: ${what}`);
  const only = process.argv.includes("--kinds") ? ` --kinds ${command.kinds.join(",")}` : "";
  return [
    ...violations.map((violation) => `  violated: ${violation}`),
    "scheduled:",
    printSchedule(schedule),
    "done:",
    ...did,
    `home: ${home}`,
    `again: npx pnpm@12 chaos --seed ${seed} --faults ${command.faults} --backend ${backend}${only}`,
  ].join("\n");
}
