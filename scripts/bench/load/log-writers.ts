import { setTimeout as delay } from "node:timers/promises";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import { type LogLine, silentLogger } from "@millrace/core";

/**
 * Writes logs like many workers: `<home> <job> <workers> <lines a second> <seconds>`, in groups as workers write them.
 */
const [home = "", jobId = "", ...numbers] = process.argv.slice(2);
const [workers = 0, rate = 0, seconds = 0] = numbers.map(Number);
const GROUPS_A_SECOND = 2;

const { logs, ledger } = await openLocalWorkerBackend({ home, logger: silentLogger });
const linesInGroup = rate / GROUPS_A_SECOND;
const startMs = performance.now();
for (let group = 0; group < seconds * GROUPS_A_SECOND; group++) {
  for (let worker = 0; worker < workers; worker++) {
    const dueMs = startMs + (1_000 / GROUPS_A_SECOND) * (group + worker / workers);
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 5) await delay(earlyMs);
    await logs.append(jobId, worker, linesOf(worker, group));
  }
}
await ledger.close();
process.stdout.write(String((performance.now() - startMs) / 1_000));

function linesOf(worker: number, group: number): LogLine[] {
  return Array.from({ length: linesInGroup }, (_, n) => ({
    timeMs: Date.now(),
    level: "info",
    worker,
    text: `line ${group * linesInGroup + n} of a predictor that tells what it does, in about a hundred characters a line`,
  }));
}
