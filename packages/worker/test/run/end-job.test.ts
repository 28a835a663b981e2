import { type ErrorCode, MillraceError, WORKER_EXIT } from "@millrace/core";
import test from "ava";
import { endDamagedJob, endJob, isPredictorFailure, predictorFailure } from "../../src/run/end-job.ts";
import { openBench } from "../support/job-bench.ts";

const reason = { code: "nothing_succeeds", message: "Stopped early" };

test("endJob() ends the job, unless it is already over", async (t) => {
  const bench = await openBench();
  const { jobs } = bench.backend.ledger;
  await endJob(bench.workerContext(), { status: "worker_error", reason });
  await endJob(bench.workerContext(), { status: "unexpected_error", reason });
  t.like(await jobs.get(bench.job.jobId), { status: "worker_error", reason });
});

test("endJob() waits until the ledger can be written", async (t) => {
  const bench = await openBench();
  const { jobs } = bench.backend.ledger;
  const transition = jobs.transition.bind(jobs);
  let calls = 0;
  Object.assign(jobs, {
    transition: async (...given: Parameters<typeof transition>) => {
      if (calls++ === 0) throw new MillraceError("disk_full", "no space");
      return transition(...given);
    },
  });
  await endJob(bench.workerContext(), { status: "worker_error", reason });
  t.is(await bench.status(), "worker_error");
});

test("endDamagedJob() ends a job whose state is damaged, and throws every other error", async (t) => {
  const bench = await openBench();
  const other = new MillraceError("disk_full", "no space");
  await t.throwsAsync(endDamagedJob(bench.workerContext(), other), { is: other });
  t.is(await bench.status(), "running");
  const damage = new MillraceError("state_corrupt", "damaged");
  t.is(await endDamagedJob(bench.workerContext(), damage), WORKER_EXIT.done);
  const job = await bench.backend.ledger.jobs.get(bench.job.jobId);
  t.like(job, { status: "unexpected_error", reason: { code: "state_corrupt", message: "damaged" } });
});

test("isPredictorFailure() is true for failures that every other worker would have too", (t) => {
  const is = (code: ErrorCode) => isPredictorFailure(new MillraceError(code, "odd"));
  t.true(is("predictor_init_failed"));
  t.true(is("predictor_not_loadable"));
  t.true(is("predictor_out_of_memory"));
  t.true(is("dependencies_failed"));
  t.false(is("unavailable"));
  t.false(is("state_corrupt"));
  t.false(isPredictorFailure(new Error("odd")));
});

test("predictorFailure() is worker_oom for memory, else worker_error, with the exception's class", (t) => {
  const details = { type: "OSError" };
  t.deepEqual(predictorFailure(new MillraceError("predictor_init_failed", "no model", { details })), {
    status: "worker_error",
    reason: {
      code: "predictor_init_failed",
      message: "The predictor cannot be constructed: OSError: no model",
    },
  });
  t.like(predictorFailure(new MillraceError("predictor_out_of_memory", "killed")), { status: "worker_oom" });
  t.like(predictorFailure(new Error("odd")), { status: "worker_error", reason: { code: "internal" } });
});
