import test from "ava";
import {
  assertEachOnce,
  DOUBLE_TS,
  deployTypeScript,
  numbers,
  resultDigest,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../../src/mod.ts";

const aws = sharedPlatform(test, { aws: true });
const local = sharedPlatform(test);

test.serial("a job of 5,000 items and 3 workers on AWS gives the bytes of one on this machine", async (t) => {
  const body = numbers(5_000, { workers: 3, batch_size: 7 });
  await deployTypeScript(aws(), "double", DOUBLE_TS);
  await deployTypeScript(local(), "double", DOUBLE_TS);
  const job = await runJob(aws(), "double", body);
  t.is(job.status.job_status.status, "succeeded", JSON.stringify(job.status.job_status.status_reason));
  assertEachOnce(t, await rowsOf(job), 5_000);
  const here = await runJob(local(), "double", body);
  t.is(await resultDigest(job), await resultDigest(here));
});
