import { availableParallelism } from "node:os";
import { join } from "node:path";
import test from "ava";
import {
  deployPython,
  finished,
  type JobHandle,
  numbers,
  poll,
  pythonPredict,
  sharedPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);
/** The promise: `get` says it within this time. */

async function saysWaitingFor(job: JobHandle, expected: RegExp): Promise<void> {
  const says = async () => expected.test((await statusOf(job)).job_status.waiting_for ?? "");
  await poll(`${expected}`, says);
}

test("a status says since when a predictor is being constructed, also a replacement", async (t) => {
  const source = `
import os, time
class PythonPredictor:
    def __init__(self, config):
        time.sleep(3)
    def predict(self, payload):
        if payload[0] == 1: os._exit(3)
        return payload
`;
  await deployPython(platform(), "slow-start", source);
  const body = numbers(3, { batch_size: 1, max_attempts: 1 });
  const job = await submit(platform(), "slow-start", body);
  await saysWaitingFor(job, /^worker 0 is initializing: constructing the predictor since 20\d\d-/);
  await poll("the death of the predictor", async () => (await statusOf(job)).metrics.items.failed === 1);
  await saysWaitingFor(job, /^worker 0 is running: constructing the predictor since 20\d\d-/);
  const { status } = await finished(job);
  t.is(status.job_status.waiting_for, null);
});

test("a status says which of the machine's resources a job waits for", async (t) => {
  const note = join(platform().files, "go");
  const hold = pythonPredict(
    `while not os.path.exists(${JSON.stringify(note)}): time.sleep(0.05)`,
    "return payload",
  );
  const compute = { cpu: availableParallelism() };
  await deployPython(platform(), "holder", hold, { compute });
  const first = await submit(platform(), "holder", numbers(1));
  await poll("the first to run", async () => (await statusOf(first)).job_status.worker_counts.running === 1);
  const second = await submit(platform(), "holder", numbers(1));
  await saysWaitingFor(second, /^worker 0 is pending: waiting for \d+ CPUs?: \d+(\.\d+)? of \d+ in use/);
  t.is((await statusOf(first)).job_status.waiting_for, null);
  await platform().client.stop("holder", second.jobId);
  await platform().client.stop("holder", first.jobId);
  await Promise.all([finished(first), finished(second)]);
});
