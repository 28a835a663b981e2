import { setTimeout as delay } from "node:timers/promises";
import { isTerminal } from "@millrace/core";
import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  finished,
  type JobHandle,
  numbers,
  processesOf,
  pythonPredict,
  resultDigest,
  rowsOf,
  runJob,
  seededRandom,
  signal,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const ITEMS = 20_000;
const KILLS = 20;
const KILL_EVERY_MS = 300;
/** Kills, by number, that hit the service. */
const SERVICE_KILLS: ReadonlySet<number> = new Set([6, 13]);

test("20 random kills of workers, predictors and the service leave the output of a clean run, byte for byte", async (t) => {
  const platform = await startPlatform(t);
  // About 1 ms an item: long enough for every kill to hit the running job.
  await deployPython(
    platform,
    "slow",
    pythonPredict("time.sleep(0.001 * len(payload))", "return [i * i for i in payload]"),
  );
  const batchSize = 10 + (ITEMS % 41);
  const body = numbers(ITEMS, { workers: 3, batch_size: batchSize });
  const job = await submit(platform, "slow", body);
  const killed = await killAtRandom(job);
  t.log(`killed ${JSON.stringify(killed)}`);
  t.is(killed.worker + killed.predictor + killed.service, KILLS);
  const end = await finished(job, { deadlineMs: 120_000 });
  t.is(end.status.job_status.status, "succeeded");
  t.deepEqual(end.status.metrics.items, { total: ITEMS, succeeded: ITEMS, failed: 0 });
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, ITEMS);
  t.true(rows.every(({ index, output }) => output === index * index));
  await assertScaledToZero(t, platform);
  const clean = await runJob(platform, "slow", body);
  t.is(await resultDigest(job), await resultDigest(clean));
});

/** Kills with SIGKILL what a seeded choice names, while the job runs. */
async function killAtRandom(job: JobHandle): Promise<Record<"worker" | "predictor" | "service", number>> {
  const { platform } = job;
  const random = seededRandom(20_000);
  const killed = { worker: 0, predictor: 0, service: 0 };
  for (let kills = 0; kills < KILLS; ) {
    await delay(KILL_EVERY_MS * (0.5 + random()));
    if (SERVICE_KILLS.has(kills)) {
      await platform.stop("SIGKILL");
      await platform.start();
      killed.service += 1;
      kills += 1;
      continue;
    }
    const targets = processesOf(platform.home).filter(
      ({ kind }) => kind === "worker" || kind === "predictor",
    );
    const target = targets[Math.floor(random() * targets.length)];
    if (target && signal(target.pid, "SIGKILL")) {
      killed[target.kind as "worker" | "predictor"] += 1;
      kills += 1;
    } else if (isTerminal((await statusOf(job)).job_status.status)) break;
  }
  return killed;
}
