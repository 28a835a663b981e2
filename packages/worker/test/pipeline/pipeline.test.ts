import { MillraceError } from "@millrace/core";
import test from "ava";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { errorOf } from "../support/fake-predictors.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

test("run() predicts every batch and is complete when all rows are committed", async (t) => {
  const bench = await openBench({ items: 10, batchSize: 3 });
  const worker = bench.worker();
  worker.predictors.respond = ({ items, answer }) => answer(items.map((item) => `${item}!`));
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.deepEqual(
    await bench.values(),
    Array.from({ length: 10 }, (_, i) => `${i}!`),
  );
  t.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
  t.like(await bench.record(), { status: "running", succeededItems: 10 });
});

test("run() of two workers writes rows in input order, each item once", async (t) => {
  const bench = await openBench({ items: 40, job: { workers: 2 } });
  const workers = [bench.worker(0), bench.worker(1)];
  const seen: unknown[] = [];
  for (const { predictors } of workers) {
    predictors.respond = ({ items, answer }) => {
      seen.push(...items);
      answer();
    };
  }
  const ends = await Promise.all(workers.map((worker) => new Pipeline(worker).run()));
  t.deepEqual(ends, [{ kind: "complete" }, { kind: "complete" }]);
  const all = Array.from({ length: 40 }, (_, i) => i);
  t.deepEqual(await bench.values(), all);
  t.deepEqual(
    seen.toSorted((a, b) => Number(a) - Number(b)),
    all,
  );
});

test("run() waits for what another worker still predicts", async (t) => {
  const bench = await openBench({ items: 1 });
  const [receipt] = (await bench.leaseAs(1)).map((lease) => lease.receipt);
  const running = new Pipeline(bench.worker(0)).run();
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  const { batches } = bench.backend.ledger;
  let looks = 0;
  const progress = batches.progress.bind(batches);
  Object.assign(batches, {
    progress: (...given: Parameters<typeof progress>) => {
      looks += 1;
      return progress(...given);
    },
  });
  await until("the worker has looked a few times", () => looks > 3);
  t.false(isOver);
  const [batch] = bench.batches;
  const row = '{"index":0,"id":null,"output":7}\n';
  await batches.commit(bench.job.jobId, [
    { batch: batch as never, rows: row, failedItems: 0, predictMs: 1, worker: 1 },
  ]);
  await bench.backend.queue.ack(bench.job.jobId, [receipt ?? ""]);
  t.deepEqual(await running, { kind: "complete" });
  t.deepEqual(await bench.values(), [7]);
});

test("end() with released finishes what is in flight and releases the rest as unstarted", async (t) => {
  const bench = await openBench({ items: 6 });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  const first = await worker.predictors.next();
  const second = await worker.predictors.next();
  await until("batches are leased ahead", async () => (await bench.counts()).leased >= 3);
  pipeline.end({ kind: "released" });
  pipeline.end({ kind: "job_over" });
  first.answer();
  second.answer();
  t.deepEqual(await running, { kind: "released" });
  t.deepEqual(await bench.values(), [0, 1]);
  t.is(worker.predictors.waiting, 0, "nothing more was predicted");
  t.is(first.predictor.end, undefined, "the predictor is needed for what is in flight");
  t.deepEqual(await bench.counts(), { queued: 4, leased: 0 });
  const rest = await bench.leaseAs(1, 9);
  t.deepEqual(
    rest.map(({ first, receiveCount }) => [first, receiveCount]),
    [2, 3, 4, 5].map((index) => [index, 1]),
  );
});

test("end() with job_over kills the predictor and writes nothing more", async (t) => {
  const bench = await openBench({ items: 3 });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  const { predictor } = await worker.predictors.next();
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  pipeline.end({ kind: "job_over" });
  t.deepEqual(await running, { kind: "job_over" });
  t.is(predictor.end, "killed");
  t.deepEqual(await bench.rows(), []);
  t.deepEqual(await bench.attempts(), [], "nobody is charged");
});

test("run() ends with job_over when it learns that the job was stopped", async (t) => {
  const bench = await openBench({ items: 3 });
  const worker = bench.worker();
  const running = new Pipeline(worker).run();
  const call = await worker.predictors.next();
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  call.answer();
  t.deepEqual(await running, { kind: "job_over" });
  t.deepEqual(await bench.rows(), []);
});

test("run() fails when the predictor cannot be constructed, and releases its batches", async (t) => {
  const bench = await openBench({ items: 3 });
  const worker = bench.worker();
  const error = errorOf("predictor_init_failed", "no model");
  worker.predictors.construct = async () => {
    throw error;
  };
  t.deepEqual(await new Pipeline(worker).run(), { kind: "failed", error });
  t.is(worker.predictors.started.length, 1);
  t.deepEqual(await bench.counts(), { queued: 3, leased: 0 });
  const again = await bench.leaseAs(1, 3);
  t.deepEqual(
    again.map(({ receiveCount }) => receiveCount),
    [1, 1, 1],
  );
});

test("run() fails when rows cannot be written, and kills the predictor", async (t) => {
  const error = new MillraceError("state_corrupt", "damaged");
  const bench = await openBench({
    items: 20,
    wrap: (backend) => {
      const commit = async () => {
        throw error;
      };
      const batches = { ...backend.ledger.batches, commit };
      return { ...backend, ledger: { ...backend.ledger, batches } };
    },
  });
  const worker = bench.worker();
  const running = new Pipeline(worker).run();
  const call = await worker.predictors.next();
  await worker.predictors.next();
  call.answer();
  t.deepEqual(await running, { kind: "failed", error });
  t.is(call.predictor.end, "killed");
});

test("run() waits while the disk is full, and loses nothing", async (t) => {
  let refusals = 0;
  const bench = await openBench({
    items: 5,
    wrap: (backend) => {
      const { commit } = backend.ledger.batches;
      const batches = {
        ...backend.ledger.batches,
        commit: async (...given: Parameters<typeof commit>) => {
          if (refusals++ === 0) throw new MillraceError("disk_full", "no space");
          return commit(...given);
        },
      };
      return { ...backend, ledger: { ...backend.ledger, batches } };
    },
  });
  const worker = bench.worker();
  worker.predictors.respond = ({ answer }) => answer();
  t.deepEqual(await new Pipeline(worker).run(), { kind: "complete" });
  t.true(refusals > 1);
  t.deepEqual(await bench.values(), [0, 1, 2, 3, 4]);
});

test("heartbeat() renews the leases, so that nobody else gets the batches", async (t) => {
  const bench = await openBench({ items: 3 });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  const first = await worker.predictors.next();
  await until("all are leased", async () => (await bench.counts()).leased === 3);
  for (let beat = 0; beat < 3; beat++) {
    bench.advance(20_000);
    await pipeline.heartbeat();
    t.deepEqual(await bench.leaseAs(1, 9), []);
  }
  worker.predictors.respond = ({ answer }) => answer();
  first.answer();
  (await worker.predictors.next()).answer();
  t.deepEqual(await running, { kind: "complete" });
});

test("heartbeat() drops batches in line whose lease is lost, and one in flight counts once", async (t) => {
  const bench = await openBench({ items: 4, job: { prefetchBatches: 8 } });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  const running = pipeline.run();
  const mine = [await worker.predictors.next(), await worker.predictors.next()];
  await until("all are leased", async () => (await bench.counts()).leased === 4);
  // The machine slept: another worker has all of them now.
  bench.advance(31_000);
  const taken = await bench.leaseAs(1, 9);
  t.is(taken.length, 4);
  await pipeline.heartbeat();
  const { ledger, queue } = bench.backend;
  const theirs = bench.batches.map((batch) => {
    const rows = `{"index":${batch.first},"id":null,"output":"theirs"}\n`;
    return { batch, rows, failedItems: 0, predictMs: 1, worker: 1 };
  });
  await ledger.batches.commit(bench.job.jobId, theirs.slice(1));
  for (const call of mine) call.answer(["mine"]);
  t.deepEqual(await running, { kind: "complete" });
  t.is(worker.predictors.waiting, 0, "those in line are theirs");
  t.deepEqual(await bench.values(), ["mine", "theirs", "theirs", "theirs"]);
  await queue.ack(
    bench.job.jobId,
    taken.map(({ receipt }) => receipt),
  );
});

test("report() names the oldest batch in flight, and where the time goes", async (t) => {
  const bench = await openBench({ items: 2 });
  const worker = bench.worker();
  const pipeline = new Pipeline(worker);
  t.is(pipeline.report().batch, undefined);
  const running = pipeline.run();
  const first = await worker.predictors.next();
  const second = await worker.predictors.next();
  t.is(pipeline.report().batch, "000000000000-1");
  first.answer();
  await until("the first is settled", () => pipeline.report().batch === "000000000001-1");
  t.true(pipeline.report().phasesMs.starting >= 0);
  second.answer();
  await running;
  t.is(pipeline.report().steps.predict.sumMs, 2_000);
});
