import test from "ava";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

test("fetchLoop() leases no more than the predictor needs ahead", async (t) => {
  let leased = 0;
  const bench = await openBench({
    items: 30,
    job: { prefetchBatches: 3 },
    wrap: (backend) => {
      const lease: typeof backend.queue.lease = async (...given) => {
        const leases = await backend.queue.lease(...given);
        leased += leases.length;
        return leases;
      };
      return { ...backend, queue: { ...backend.queue, lease } };
    },
  });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  // The window is two: both were handed over, and the fetcher was woken for each.
  for (let round = 1; round <= 3; round++) {
    const call = await worker.predictors.next();
    await until("another is handed over", () => worker.predictors.waiting === 1);
    t.true(leased <= round + 4, `${leased} leased, ${round} handed over`);
    call.answer();
  }
  pipeline.end({ kind: "job_over" });
  await running;
  t.true(leased >= 4);
});

test("fetchLoop() continues when batches come back to the queue", async (t) => {
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
