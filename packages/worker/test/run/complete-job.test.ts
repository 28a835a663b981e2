import { MillraceError } from "@millrace/core";
import test from "ava";
import { completeJob } from "../../src/run/complete-job.ts";
import { errorOf } from "../support/fake-predictors.ts";
import { type BenchOptions, openBench } from "../support/job-bench.ts";
import { finished } from "../support/pipeline-parts.ts";
import { until } from "../support/until.ts";

const { signal } = new AbortController();

/** A job whose items all have their rows. */
async function open(options: BenchOptions = {}) {
  const bench = await openBench({ items: 2, ...options });
  const { jobId } = bench.job;
  const commits = bench.batches.map(
    (batch) => finished({ batch, receipt: "", receiveCount: 1 }, batch.first).commit,
  );
  await bench.backend.ledger.batches.commit(jobId, commits);
  return { bench, jobs: bench.backend.ledger.jobs, jobId };
}

test("completeJob() runs the hook, writes the output and sets the status", async (t) => {
  const { bench, jobs, jobId } = await open();
  const worker = bench.worker();
  const order: string[] = [];
  worker.predictors.hook = async () => {
    order.push(`hook while ${await bench.status()}`);
  };
  await completeJob(worker, signal);
  const job = await jobs.get(jobId);
  t.is(job.status, "succeeded");
  t.deepEqual(order, ["hook while running"]);
  t.is(worker.predictors.started[0]?.end, "stopped");
  const { objects } = bench.backend;
  const text = async (uri = "") => Buffer.from(await objects.read(uri)).toString();
  t.is(
    await text(job.output?.partUris[0]),
    '{"index":0,"id":null,"output":0}\n{"index":1,"id":null,"output":1}\n',
  );
  t.like(JSON.parse(await text(job.output?.manifestUri)), { status: "succeeded" });
});

test("completeJob() keeps the rows when the hook fails, and ends the job with hook_failed", async (t) => {
  const { bench, jobs, jobId } = await open();
  const worker = bench.worker();
  worker.predictors.hook = async () => {
    throw errorOf("predictor_error", "odd", { type: "KeyError", traceback: "line 1" });
  };
  await completeJob(worker, signal);
  const job = await jobs.get(jobId);
  t.is(job.status, "worker_error");
  t.deepEqual(job.reason, {
    code: "hook_failed",
    message: "Every item has its row, but on_job_complete failed: KeyError: odd",
  });
  t.is(job.output?.partUris.length, 1);
  t.is(worker.predictors.started.length, 1);
  t.true((await bench.log()).some(({ text }) => text === "on_job_complete failed: odd\nline 1"));
});

test("completeJob() retries a hook in which the predictor died, at most three times", async (t) => {
  for (const [deaths, status] of [
    [2, "succeeded"],
    [3, "worker_error"],
  ] as const) {
    const { bench } = await open();
    const worker = bench.worker();
    worker.predictors.hook = async (predictor) => {
      if (worker.predictors.started.length > deaths) return;
      predictor.die();
      throw errorOf("predictor_crashed", "died");
    };
    await completeJob(worker, signal);
    t.is(await bench.status(), status);
    t.is(worker.predictors.started.length, Math.min(3, deaths + 1));
  }
});

test("completeJob() of two workers: one completes, the other ends its predictor and waits", async (t) => {
  const { bench } = await open({ job: { workers: 2 } });
  const [one, two] = [bench.worker(0), bench.worker(1)];
  const hook = Promise.withResolvers<void>();
  one.predictors.hook = () => hook.promise;
  two.predictors.hook = async () => t.fail("the other has the lease");
  await two.slot.get();
  await bench.backend.ledger.workers.update(bench.job.jobId, 1, {
    status: "running",
    heartbeatAtMs: Date.now(),
  });
  const completing = completeJob(one, signal);
  await until("it has the lease", () => one.predictors.started.length === 1);
  const waiting = completeJob(two, signal);
  await until("the other stands by", async () => (await bench.record(1))?.status === "succeeded");
  t.is(two.predictors.started[0]?.end, "stopped");
  t.is(await bench.status(), "running");
  hook.resolve();
  await Promise.all([completing, waiting]);
  t.is(await bench.status(), "succeeded");
});

test("completeJob() sets the status after every worker has ended its predictor", async (t) => {
  const { bench } = await open({ job: { workers: 2 } });
  const { workers } = bench.backend.ledger;
  await workers.update(bench.job.jobId, 1, { status: "running", heartbeatAtMs: Date.now() });
  const worker = bench.worker(0);
  const completing = completeJob(worker, signal);
  await until("its own has ended", () => worker.predictors.started[0]?.end === "stopped");
  t.is(await bench.status(), "running");
  await workers.update(bench.job.jobId, 1, { status: "succeeded" });
  await completing;
  t.is(await bench.status(), "succeeded");
});

test("completeJob() takes over when the completing worker's lease has expired", async (t) => {
  const { bench, jobs, jobId } = await open({ job: { workers: 2 } });
  t.true(await jobs.acquireCompletion(jobId, { owner: "worker-1", seconds: 30 }));
  const worker = bench.worker(0);
  const completing = completeJob(worker, signal);
  await until("it stands by", async () => (await bench.record(0))?.status === "succeeded");
  bench.advance(31_000);
  await completing;
  t.is(await bench.status(), "succeeded");
  t.is(worker.predictors.started[0]?.hooks, 1);
});

test("completeJob() releases the lease and throws when the output cannot be written", async (t) => {
  const error = new MillraceError("internal", "no writer");
  const { bench, jobs, jobId } = await open({
    wrap: (backend) => {
      const writer = async () => {
        throw error;
      };
      return { ...backend, objects: { ...backend.objects, writer } };
    },
  });
  await t.throwsAsync(completeJob(bench.worker(), signal), { is: error });
  t.is(await bench.status(), "running");
  t.true(await jobs.acquireCompletion(jobId, { owner: "worker-1", seconds: 30 }));
});

test("completeJob() does nothing when the job is over, or when it is aborted", async (t) => {
  const { bench, jobs, jobId } = await open();
  const worker = bench.worker();
  await completeJob(worker, AbortSignal.abort());
  t.is(await bench.status(), "running");
  await jobs.transition(jobId, "stopped", { atMs: 1 });
  await completeJob(worker, signal);
  t.is(worker.predictors.started.length, 0);
  t.is(await bench.status(), "stopped");
});
