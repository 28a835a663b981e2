import { WORKER_EXIT } from "@millrace/core";
import test from "ava";
import { runWorker } from "../../src/run/run-worker.ts";
import { errorOf, FakePredictors } from "../support/fake-predictors.ts";
import { type BenchOptions, openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

async function open(options: BenchOptions = {}) {
  const bench = await openBench(options);
  const start = (worker = 0) => {
    const predictors = new FakePredictors();
    const releasing = new AbortController();
    const launch = () => predictors.launch;
    const run = () => runWorker(bench.workerContext(worker), { launch, release: releasing.signal });
    return { predictors, release: () => releasing.abort(), run };
  };
  return { bench, start };
}

test("runWorker() runs a job to its end, and reports what it did", async (t) => {
  const { bench, start } = await open({ items: 3 });
  const { predictors, run } = start();
  predictors.respond = ({ answer }) => answer();
  t.is(await run(), WORKER_EXIT.done);
  const job = await bench.backend.ledger.jobs.get(bench.job.jobId);
  t.is(job.status, "succeeded");
  t.is(job.output?.partUris.length, 1);
  const record = await bench.record();
  t.like(record, { status: "succeeded", succeededItems: 3, failedItems: 0 });
  t.is(
    record?.report?.items.counts.reduce((sum, count) => sum + count, 0),
    3,
  );
  const [predictor] = predictors.started;
  t.deepEqual([predictor?.end, predictor?.hooks], ["stopped", 1]);
});

test("runWorker() of two workers completes the job once", async (t) => {
  const { bench, start } = await open({ items: 20, job: { workers: 2 } });
  const workers = [start(0), start(1)];
  for (const { predictors } of workers) predictors.respond = ({ answer }) => answer();
  t.deepEqual(await Promise.all(workers.map(({ run }) => run())), [WORKER_EXIT.done, WORKER_EXIT.done]);
  t.is(await bench.status(), "succeeded");
  const hooks = workers.flatMap(({ predictors }) => predictors.started.map((one) => one.hooks));
  t.is(
    hooks.reduce((sum, one) => sum + one, 0),
    1,
  );
  t.is((await bench.record(0))?.status, "succeeded");
  t.is((await bench.record(1))?.status, "succeeded");
});

test("runWorker() ends a job with failures as completed_with_failures", async (t) => {
  const { bench, start } = await open({ items: 3, job: { maxAttempts: 1 } });
  const { predictors, run } = start();
  predictors.respond = ({ items, answer, raise }) => (items[0] === 1 ? raise("odd") : answer());
  t.is(await run(), WORKER_EXIT.done);
  t.is(await bench.status(), "completed_with_failures");
});

test("runWorker() reports that it is initializing, then that it is running", async (t) => {
  const { bench, start } = await open({ items: 1 });
  const { predictors, run } = start();
  const constructed = Promise.withResolvers<void>();
  predictors.construct = () => constructed.promise;
  const running = run();
  await until("it is on record", async () => (await bench.record()) !== undefined);
  t.like(await bench.record(), { status: "initializing" });
  t.regex((await bench.record())?.reason ?? "", /^constructing the predictor since /);
  constructed.resolve();
  const call = await predictors.next();
  t.like(await bench.record(), { status: "running" });
  t.is((await bench.record())?.reason, undefined);
  call.answer();
  t.is(await running, WORKER_EXIT.done);
});

test("runWorker() ends the job when its predictor cannot be constructed, and says why in its log", async (t) => {
  for (const [code, status] of [
    ["predictor_init_failed", "worker_error"],
    ["predictor_out_of_memory", "worker_oom"],
  ] as const) {
    const { bench, start } = await open({ items: 1 });
    const { predictors, run } = start();
    predictors.construct = async () => {
      throw errorOf(code, "no model", { type: "OSError", traceback: "line 1", said: true });
    };
    t.is(await run(), WORKER_EXIT.done);
    const { reason } = await bench.backend.ledger.jobs.get(bench.job.jobId);
    t.is(await bench.status(), status);
    t.deepEqual(reason, { code, message: "The predictor cannot be constructed: OSError: no model" });
    t.is((await bench.record())?.status, "failed");
    t.is((await bench.log()).at(-1)?.text, "no model\nline 1");
  }
});

test("runWorker() ends a job in which nothing succeeds", async (t) => {
  const { bench, start } = await open({ items: 20, job: { maxAttempts: 1 } });
  const { predictors, run } = start();
  predictors.respond = ({ raise }) => raise("odd");
  t.is(await run(), WORKER_EXIT.done);
  t.is(await bench.status(), "worker_error");
  const { reason } = await bench.backend.ledger.jobs.get(bench.job.jobId);
  t.is(reason?.code, "nothing_succeeds");
  t.is((await bench.log()).at(-1)?.text, reason?.message);
});

test("runWorker() fails alone if only this machine is at fault", async (t) => {
  const { bench, start } = await open({ items: 1 });
  const { predictors, run } = start();
  predictors.construct = async () => {
    throw errorOf("internal", "no such interpreter");
  };
  t.is(await run(), WORKER_EXIT.failed);
  t.is(await bench.status(), "running", "another worker may go on");
  t.like(await bench.record(), { status: "failed", reason: "no such interpreter" });
});

test("runWorker() exits to be restarted, uncounted, when a temporary error lasts too long", async (t) => {
  for (const code of ["unavailable", "disk_full"] as const) {
    const { bench, start } = await open({ items: 1 });
    const { predictors, run } = start();
    predictors.construct = async () => {
      throw errorOf(code, "no descriptors");
    };
    t.is(await run(), WORKER_EXIT.released, code);
    t.is(await bench.status(), "running", "it may still be done");
    t.not((await bench.record())?.status, "failed");
  }
});

test("runWorker() throws when the job's state is damaged", async (t) => {
  const error = errorOf("state_corrupt", "damaged");
  const { start } = await open({
    items: 1,
    wrap: (backend) => {
      const lease = async () => {
        throw error;
      };
      return { ...backend, queue: { ...backend.queue, lease } };
    },
  });
  await t.throwsAsync(start().run(), { is: error });
});

test("runWorker() ends its predictor at once when the job is stopped", async (t) => {
  const { bench, start } = await open({ items: 2 });
  const { predictors, run } = start();
  const running = run();
  const { predictor } = await predictors.next();
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  t.is(await running, WORKER_EXIT.done);
  t.is(predictor.end, "killed");
  t.is(await bench.status(), "stopped");
  t.deepEqual(await bench.rows(), []);
});

test("runWorker() ends the hook of a job that is stopped", async (t) => {
  const { bench, start } = await open({ items: 1 });
  const { predictors, run } = start();
  predictors.respond = ({ answer }) => answer();
  const begun = Promise.withResolvers<void>();
  predictors.hook = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  const running = run();
  await begun.promise;
  await bench.backend.ledger.jobs.transition(bench.job.jobId, "stopped", { atMs: 1 });
  t.is(await running, WORKER_EXIT.done);
  t.is(predictors.started[0]?.end, "killed");
  t.is(await bench.status(), "stopped");
});

test("runWorker() finishes the hook when told to end during it, and exits with its own code", async (t) => {
  const { bench, start } = await open({ items: 1 });
  const { predictors, release, run } = start();
  predictors.respond = ({ answer }) => answer();
  predictors.hook = async () => release();
  t.is(await run(), WORKER_EXIT.released);
  t.is(await bench.status(), "succeeded");
});

test("runWorker() ends a job whose timeout has passed", async (t) => {
  const { bench, start } = await open({
    items: 2,
    job: { timeoutSeconds: 1, createdAtMs: Date.now() - 2_000 },
  });
  const { predictors, run } = start();
  t.is(await run(), WORKER_EXIT.done);
  t.is(await bench.status(), "timed_out");
  t.not(predictors.started[0]?.end, undefined);
});

test("runWorker() finishes what is in flight, releases the rest and exits with its own code when told to end", async (t) => {
  const { bench, start } = await open({ items: 4 });
  const { predictors, release, run } = start();
  const running = run();
  const calls = [await predictors.next(), await predictors.next()];
  release();
  for (const call of calls) call.answer();
  t.is(await running, WORKER_EXIT.released);
  t.deepEqual(await bench.values(), [0, 1]);
  t.deepEqual(await bench.counts(), { queued: 2, leased: 0 });
  t.is(await bench.status(), "running");
  t.is(calls[0]?.predictor.end, "stopped");
});

test("runWorker() leases nothing when told to end before it starts", async (t) => {
  const { bench, start } = await open({ items: 1 });
  const { release, run } = start();
  release();
  t.is(await run(), WORKER_EXIT.released);
  t.deepEqual(await bench.counts(), { queued: 1, leased: 0 });
  t.is((await bench.leaseAs(1))[0]?.receiveCount, 1);
});

test("runWorker() continues the report of the worker's earlier run", async (t) => {
  const { bench, start } = await open({ items: 2 });
  const first = start();
  const ended = first.run();
  const [call, other] = [await first.predictors.next(), await first.predictors.next()];
  first.release();
  call.raise("odd");
  other.answer();
  await ended;
  t.is((await bench.record())?.report?.failedAttempts, 1);
  const second = start();
  second.predictors.respond = ({ answer }) => answer();
  t.is(await second.run(), WORKER_EXIT.done);
  t.is((await bench.record())?.report?.failedAttempts, 1);
  t.is(await bench.status(), "succeeded");
});
