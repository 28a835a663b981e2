import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  finished,
  killAtRandom,
  numbers,
  pythonPredict,
  resultDigest,
  rowsOf,
  runJob,
  startPlatform,
  submit,
} from "../src/mod.ts";

const ITEMS = 20_000;
const KILLS = 20;

test("20 random kills of workers, predictors and the service give the output of a clean run, byte for byte", async (t) => {
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
  const killed = await killAtRandom(job, { kills: KILLS, everyMs: 300, serviceKills: new Set([6, 13]) });
  t.log(`killed ${JSON.stringify(killed)}`);
  t.is(killed.worker + killed.predictor + killed.service, KILLS);
  const end = await finished(job);
  t.is(end.status.job_status.status, "succeeded");
  t.deepEqual(end.status.metrics.items, { total: ITEMS, succeeded: ITEMS, failed: 0 });
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, ITEMS);
  t.true(rows.every(({ index, output }) => output === index * index));
  await assertScaledToZero(t, platform);
  const clean = await runJob(platform, "slow", body);
  t.is(await resultDigest(job), await resultDigest(clean));
});
