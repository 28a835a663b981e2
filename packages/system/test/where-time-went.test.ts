import type { WorkerView } from "@millrace/core";
import test from "ava";
import {
  deployPython,
  type FinishedJob,
  finished,
  numbers,
  poll,
  processesOf,
  pythonConstruct,
  pythonPredict,
  runJob,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

/** What `end` and the last report are written apart by, and the start of the process before its clock. */
const SLACK_SECONDS = 3;

test("each worker's phases add up to its lifetime, and say where the time went", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "slow", pythonPredict("time.sleep(0.25)", "return payload"));
  const job = await runJob(platform, "slow", numbers(20, { workers: 1, batch_size: 2 }));
  const { time, advice, throughput, remaining, worker_states, start_time, end_time } = job.status.job_status;
  if (!time || !throughput) return t.fail("nothing was reported");
  t.deepEqual(worker_states[0]?.time, time);
  const life = (Date.parse(end_time ?? "") - Date.parse(start_time ?? "")) / 1_000;
  t.true(Math.abs(sum(time) - life) < SLACK_SECONDS, `${sum(time)} s of ${life} s`);
  t.true(time.predicting >= 2.5 && time.predicting <= life, `${time.predicting} s for 10 batches of 0.25 s`);
  t.regex(advice ?? "", /% of the workers' time went into predict: more workers/);
  t.is(
    throughput.items.reduce((all, items) => all + items, 0),
    20,
  );
  t.is(remaining, null);
});

test("a slow constructor shows as starting", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "slow-start", pythonConstruct("time.sleep(3)"));
  const { status }: FinishedJob = await runJob(platform, "slow-start", numbers(4));
  t.true((status.job_status.time?.starting ?? 0) >= 3);
  t.regex(status.job_status.advice ?? "", /went into starting workers/);
});

test("a running job shows how long it will take, each worker's batch, and counts across restarts", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "steady", pythonPredict("time.sleep(0.1)", "return payload"));
  const job = await submit(platform, "steady", numbers(140, { workers: 1, batch_size: 1 }));
  const view = await poll("an estimate", async () => {
    const { job_status } = await statusOf(job);
    const worker = job_status.worker_states[0];
    return job_status.remaining && worker?.batch ? { remaining: job_status.remaining, worker } : undefined;
  });
  const { seconds, low_seconds, high_seconds } = view.remaining;
  t.true(low_seconds <= seconds && seconds <= (high_seconds ?? Number.POSITIVE_INFINITY));
  t.true(seconds > 1, `${seconds} s for at most 140 items of 0.1 s`);
  t.regex(view.worker.batch ?? "", /^\d{12}-1$/);
  const before = predicting(view.worker);
  for (const { pid, kind } of processesOf(platform.home)) if (kind === "worker") process.kill(pid, "SIGKILL");
  const { status } = await finished(job);
  const [worker] = status.job_status.worker_states;
  t.is(worker?.restarts, 1);
  t.true(worker !== undefined && predicting(worker) > before);
  t.true((worker?.time?.waiting ?? 0) > 0, "it waited for its restart");
});

function sum(time: object): number {
  return Object.values(time).reduce((all: number, seconds: number) => all + seconds, 0);
}

function predicting({ time }: WorkerView): number {
  return time?.predicting ?? 0;
}
