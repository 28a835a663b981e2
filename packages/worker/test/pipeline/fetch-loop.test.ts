import test from "ava";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

test("fetchLoop() leases no more than the predictor needs ahead", async (t) => {
  const bench = await openBench({ items: 30, job: { prefetchBatches: 3 } });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  await worker.predictors.next();
  await worker.predictors.next();
  await until("it has leased ahead", async () => (await bench.counts()).leased >= 4);
  const idle = Promise.withResolvers<void>();
  setTimeout(idle.resolve, 20);
  await idle.promise;
  t.true(
    (await bench.counts()).leased <= 2 + 4,
    "two in flight and at most three ahead, and the one to come",
  );
  pipeline.end({ kind: "job_over" });
  await running;
  t.deepEqual(await bench.counts(), { queued: 30, leased: 0 });
});

test("fetchLoop() goes on when batches come back to the queue", async (t) => {
  const bench = await openBench({ items: 2 });
  const [other] = await bench.leaseAs(1);
  const worker = bench.worker();
  worker.predictors.respond = ({ answer }) => answer();
  const running = new Pipeline(worker).run();
  await until("its own is done", async () => (await bench.rows()).length === 1);
  const [first] = bench.batches;
  await bench.backend.queue.release(bench.job.jobId, [other?.receipt ?? ""], { unstarted: [first as never] });
  t.deepEqual(await running, { kind: "complete" });
  t.deepEqual(await bench.values(), [0, 1]);
  t.deepEqual(await bench.attempts(), []);
});

test("fetchLoop() leases nothing while too much is unwritten", async (t) => {
  const written = Promise.withResolvers<void>();
  // Each row weighs 1 MiB: 64 MiB unwritten are too much.
  const bench = await openBench({
    items: 120,
    wrap: (backend) => {
      const { commit } = backend.ledger.batches;
      const held: typeof commit = async (...given) => {
        await written.promise;
        return commit(...given);
      };
      return {
        ...backend,
        ledger: { ...backend.ledger, batches: { ...backend.ledger.batches, commit: held } },
      };
    },
  });
  const worker = bench.worker();
  const big = "x".repeat(1024 * 1024);
  let predicted = 0;
  worker.predictors.respond = ({ answer }) => {
    predicted += 1;
    answer([big]);
  };
  const running = new Pipeline(worker).run();
  await until("64 MiB are unwritten", () => predicted >= 64);
  const before = predicted;
  await until("the time goes into writing", () => worker.sheet.report("writing").phasesMs.writing >= 0);
  // What was leased before it was too much is predicted; the rest stays in the queue.
  t.true((await bench.counts()).queued > 0, `${before} of 120`);
  written.resolve();
  t.deepEqual(await running, { kind: "complete" });
  t.is(predicted, 120);
});
