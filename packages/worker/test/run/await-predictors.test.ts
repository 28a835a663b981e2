import type { WorkerRecord } from "@millrace/core";
import test from "ava";
import { awaitPredictors } from "../../src/run/await-predictors.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

async function open(others: readonly Partial<WorkerRecord>[], workers = 4) {
  const bench = await openBench({ job: { workers } });
  const update = (worker: number, fields: Partial<WorkerRecord>) =>
    bench.backend.ledger.workers.update(bench.job.jobId, worker, fields);
  await update(0, { status: "running", heartbeatAtMs: Date.now() });
  for (const [i, fields] of others.entries()) await update(i + 1, fields);
  return { bench, update };
}

test("awaitPredictors() waits until the other workers have ended their predictors", async (t) => {
  const { bench, update } = await open([{ status: "running", heartbeatAtMs: Date.now() }]);
  let isOver = false;
  const waiting = awaitPredictors(bench.workerContext()).then(() => {
    isOver = true;
  });
  const { workers } = bench.backend.ledger;
  let looks = 0;
  const list = workers.list.bind(workers);
  Object.assign(workers, {
    list: (jobId: string) => {
      looks += 1;
      return list(jobId);
    },
  });
  await until("it has looked again", () => looks >= 2);
  t.false(isOver);
  await update(1, { status: "succeeded" });
  await waiting;
});

test("awaitPredictors() does not wait for workers that are dead, silent, or have no predictor", async (t) => {
  const { bench } = await open([
    { status: "failed", heartbeatAtMs: Date.now() },
    { status: "running", heartbeatAtMs: Date.now() - 31_000 },
    { status: "initializing", heartbeatAtMs: Date.now() },
  ]);
  await awaitPredictors(bench.workerContext());
  t.deepEqual(await bench.log(), []);
});

test("awaitPredictors() reads nothing when the job has one worker", async (t) => {
  const { bench } = await open([], 1);
  Object.assign(bench.backend.ledger.workers, { list: () => t.fail("there is none") });
  await awaitPredictors(bench.workerContext());
  t.pass();
});

test("awaitPredictors() gives up after a while, and names workers that have not ended", async (t) => {
  const { bench } = await open([
    { status: "running", heartbeatAtMs: Date.now() },
    { status: "succeeded" },
    { status: "running", heartbeatAtMs: Date.now() },
  ]);
  const context = bench.workerContext();
  await awaitPredictors(context, 1);
  await context.log.flush();
  t.like(await bench.log(), [
    { level: "warn", text: "the job ends although the predictor of worker 1, 3 has not ended" },
  ]);
});
