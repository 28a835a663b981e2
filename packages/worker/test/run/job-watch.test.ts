import { mock } from "node:test";
import { DEFAULTS, EMPTY_REPORT, MillraceError } from "@millrace/core";
import test from "ava";
import { watchJob } from "../../src/run/job-watch.ts";
import { type BenchOptions, openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

/** A watched job, and what the watch did. */
async function open(options: BenchOptions = {}) {
  const bench = await openBench(options);
  const worker = bench.worker();
  const seen = { over: 0, isPredicting: true };
  const stop = watchJob(worker, {
    pipeline: { heartbeat: async () => {}, report: () => ({ ...EMPTY_REPORT, failedAttempts: 7 }) },
    isPredicting: () => seen.isPredicting,
    onJobOver: () => {
      seen.over += 1;
    },
  });
  return { bench, worker, seen, stop };
}

// Before the others, whose timers are real.
test.serial("watchJob() keeps the leases alive, with three heartbeats per lease", async (t) => {
  const bench = await openBench();
  let beats = 0;
  const heartbeat = async () => {
    beats += 1;
    throw new MillraceError("unavailable", "busy");
  };
  mock.timers.enable({ apis: ["setInterval"] });
  t.teardown(() => mock.timers.reset());
  const pipeline = { heartbeat, report: () => EMPTY_REPORT };
  const stop = watchJob(bench.worker(), { pipeline, isPredicting: () => true, onJobOver: () => {} });
  for (let second = 0; second < DEFAULTS.leaseSeconds; second++) mock.timers.tick(1_000);
  stop();
  t.is(beats, 3, "also after one that failed");
});

test("watchJob() notices when the job was ended", async (t) => {
  const { bench, seen, stop } = await open();
  await until("it reports", async () => (await bench.record())?.report !== undefined);
  t.is(seen.over, 0);
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  await until("it is told", () => seen.over > 0);
  stop();
});

test("watchJob() ends a job whose timeout has passed", async (t) => {
  const { bench, seen, stop } = await open({ job: { timeoutSeconds: 5, createdAtMs: Date.now() - 5_000 } });
  await until("it is told", () => seen.over > 0);
  stop();
  const { status, reason } = await bench.backend.ledger.jobs.get(bench.job.jobId);
  t.is(status, "timed_out");
  t.is(reason?.code, "timed_out");
});

test("watchJob() does not end a job whose timeout has not passed", async (t) => {
  const { bench, seen, stop } = await open({ job: { timeoutSeconds: 3_600 } });
  await until("it reports", async () => (await bench.record())?.report !== undefined);
  stop();
  t.is(seen.over, 0);
  t.is(await bench.status(), "running");
});

test("watchJob() writes the worker's report with its heartbeat", async (t) => {
  const { bench, stop } = await open();
  const beforeMs = Date.now();
  await until("it reports", async () => (await bench.record())?.report !== undefined);
  stop();
  const record = await bench.record();
  t.is(record?.report?.failedAttempts, 7);
  t.true((record?.heartbeatAtMs ?? 0) >= beforeMs);
  t.is(record?.status, "pending", "the status is told elsewhere");
});

test("watchJob() reports once that a predictor is constructed again, and when that is done", async (t) => {
  const { bench, worker, stop } = await open();
  const constructed = Promise.withResolvers<void>();
  const first = await worker.slot.get();
  worker.predictors.started[0]?.die();
  await worker.slot.discard(first);
  worker.predictors.construct = () => constructed.promise;
  const restarted = worker.slot.get();
  await until("it is said", async () => (await bench.record())?.reason !== undefined);
  t.like(await bench.record(), { status: "running" });
  t.regex((await bench.record())?.reason ?? "", /^constructing the predictor since /);
  constructed.resolve();
  await restarted;
  await until("it is said", async () => (await bench.record())?.reason === undefined);
  t.like(await bench.record(), { status: "running" });
  stop();
});

test("watchJob() does not change the status once the pipeline has ended", async (t) => {
  const { bench, worker, seen, stop } = await open();
  seen.isPredicting = false;
  const first = await worker.slot.get();
  worker.predictors.started[0]?.die();
  await worker.slot.discard(first);
  worker.predictors.construct = () => new Promise(() => {});
  void worker.slot.get();
  await until("another is constructed", () => worker.slot.restartsAtMs !== undefined);
  await bench.backend.ledger.workers.update(bench.job.jobId, 0, { status: "succeeded", heartbeatAtMs: 0 });
  await until("it has reported since", async () => (await bench.record())?.heartbeatAtMs !== 0);
  stop();
  t.like(await bench.record(), { status: "succeeded" });
});

test("watchJob() continues after a failed check", async (t) => {
  let failures = 0;
  const { bench, seen, stop } = await open({
    wrap: (backend) => {
      const status = async (jobId: string) => {
        if (failures++ < 2) throw new MillraceError("unavailable", "busy");
        return backend.ledger.jobs.status(jobId);
      };
      return { ...backend, ledger: { ...backend.ledger, jobs: { ...backend.ledger.jobs, status } } };
    },
  });
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  await until("it is told", () => seen.over > 0);
  stop();
  t.true(failures >= 3);
});

test("the function that watchJob() returns ends the watch", async (t) => {
  const { bench, stop } = await open();
  await until("it reports", async () => (await bench.record())?.report !== undefined);
  stop();
  await bench.backend.ledger.workers.update(bench.job.jobId, 0, { heartbeatAtMs: 0 });
  // A report that was on its way may still come: nothing comes after it.
  await new Promise((resolve) => setImmediate(resolve));
  const before = (await bench.record())?.heartbeatAtMs;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  t.is((await bench.record())?.heartbeatAtMs, before);
});
