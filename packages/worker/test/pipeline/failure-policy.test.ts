import type { Lease } from "@millrace/core";
import test from "ava";
import { errorOf } from "../support/fake-predictors.ts";
import { type BenchOptions, openBench } from "../support/job-bench.ts";
import { pipelineParts, recordAttempts } from "../support/pipeline-parts.ts";
import { until } from "../support/until.ts";

const odd = errorOf("predictor_error", "odd", { type: "ValueError", traceback: "line 1" });

/** A job's first batch, leased and loaded, and the policy that it meets. */
async function open(options: BenchOptions = {}) {
  const bench = await openBench({ items: 4, batchSize: 4, ...options });
  const worker = bench.worker();
  const parts = pipelineParts(worker);
  const next = async () => {
    const { ready } = await parts.fetch();
    return ready[0] as NonNullable<(typeof ready)[0]>;
  };
  return { bench, worker, ...parts, next };
}

test("failed() records the attempt and releases the batch, with a growing delay", async (t) => {
  const { bench, failures, next } = await open({ job: { maxAttempts: 4 } });
  for (let attempt = 1; attempt < 4; attempt++) await failures.failed(await next(), odd);
  t.deepEqual(bench.retryDelaysMs, [250, 500, 1_000]);
  t.deepEqual(await bench.counts(), { queued: 1, leased: 0 });
  const range = { first: 0, count: 4 };
  const attempts = await bench.backend.ledger.batches.attempts(bench.job.jobId, range);
  t.deepEqual(
    attempts.map(({ error }) => error),
    Array.from({ length: 3 }, () => ({
      code: "predictor_error",
      type: "ValueError",
      message: "odd",
      traceback: "line 1",
    })),
  );
});

test("failed() splits a batch that used up its attempts; its halves are tried once, single items in full", async (t) => {
  const { bench, failures, next } = await open({ job: { maxAttempts: 2 } });
  await failures.failed(await next(), odd);
  await failures.failed(await next(), odd);
  t.deepEqual(await bench.counts(), { queued: 2, leased: 0 });
  const half = await next();
  t.deepEqual({ ...half.lease.batch, segments: [] }, { first: 0, count: 2, segments: [], priorAttempts: 2 });
  t.is(failures.allowedAttempts(half.lease.batch), 1);
  await failures.failed(half, odd);
  const single = await next();
  t.like(single.lease.batch, { first: 0, count: 1, priorAttempts: 3 });
  t.is(failures.allowedAttempts(single.lease.batch), 2);
  t.false(await bench.backend.ledger.batches.isDone(bench.job.jobId, { first: 0, count: 4 }));
});

test("failed() writes a single item's error row, with the attempts of all batches that contained it", async (t) => {
  const { bench, failures, committer, next } = await open({
    items: [{ custom_id: "a" }],
    batchSize: 1,
    job: { maxAttempts: 2 },
  });
  await failures.failed(await next(), odd);
  await failures.failed(await next(), odd);
  await committer.flush();
  t.deepEqual(await bench.rows(), [
    {
      index: 0,
      id: "a",
      error: { code: "predictor_error", message: "ValueError: odd", attempts: 2 },
    } as never,
  ]);
  t.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
});

test("failed() writes error rows for all items of a batch with on_failure fail_batch", async (t) => {
  const { bench, failures, committer, next } = await open({
    job: { maxAttempts: 1, onFailure: "fail_batch" },
  });
  await failures.failed(await next(), odd);
  await committer.flush();
  t.deepEqual(
    await bench.values(),
    Array.from({ length: 4 }, () => "predictor_error"),
  );
});

test("failed() neither repeats nor splits a batch whose input is at fault", async (t) => {
  for (const code of ["input_changed", "malformed_input", "item_too_large", "object_not_found"] as const) {
    const { bench, failures, committer, lease } = await open();
    const [unread] = await lease();
    await failures.failed({ lease: unread as Lease }, errorOf(code, "bad"));
    await committer.flush();
    t.deepEqual(
      await bench.values(),
      Array.from({ length: 4 }, () => code),
    );
    t.deepEqual(await bench.attempts(), ["0-4"]);
  }
});

test("failed() reports an unknown error as internal", async (t) => {
  const { bench, failures, committer, next } = await open({ items: 1, job: { maxAttempts: 1 } });
  await failures.failed(await next(), new TypeError("x is undefined"));
  await committer.flush();
  t.like((await bench.rows())[0]?.error, { code: "internal", message: "x is undefined" });
});

test("failed() ends the job once it is clear that nothing succeeds", async (t) => {
  const { bench, failures, ending, next } = await open({ items: 20, batchSize: 1, job: { maxAttempts: 1 } });
  for (let n = 1; n <= 10; n++) {
    t.is(ending.end, undefined);
    await failures.failed(await next(), odd);
  }
  t.like(ending.end, { kind: "broken", reason: { code: "nothing_succeeds" } });
  t.is((await bench.rows()).length, 9, "the one that ended it is left for a retry");
});

test("failed() writes at once when max_failed_items is set", async (t) => {
  const pace = { commitGroupMs: 2 ** 30 };
  const { committer, failures, groups, next } = await open({
    items: 2,
    batchSize: 1,
    pace,
    job: { maxAttempts: 1, maxFailedItems: 0 },
  });
  await failures.failed(await next(), odd);
  await until("it is written", () => committer.idle);
  t.like(groups, [{ hasFailures: true }]);
});

test("exhausted() of a range that another worker has split sends the same halves", async (t) => {
  const { bench, failures, next } = await open({ job: { maxAttempts: 1 } });
  const batch = await next();
  // It died before the halves were sent.
  await bench.backend.ledger.batches.split(bench.job.jobId, batch.lease.batch);
  await recordAttempts(bench, batch.lease.batch, 1);
  await failures.exhausted(batch, { attempts: 1, error: { code: "predictor_error", message: "odd" } });
  const halves = [await next(), await next()].map(({ lease }) => lease.batch);
  t.deepEqual(
    halves,
    batch.halves().map((half) => ({ ...half, priorAttempts: 1 })),
  );
});

test("exhausted() of a range that was committed meanwhile sends no halves", async (t) => {
  const { bench, failures, next } = await open({ job: { maxAttempts: 1 } });
  const batch = await next();
  const rows = [0, 1, 2, 3].map((index) => `{"index":${index},"id":null,"output":1}\n`).join("");
  const commit = { batch: batch.lease.batch, rows, failedItems: 0, predictMs: 1, worker: 1 };
  await bench.backend.ledger.batches.commit(bench.job.jobId, [commit]);
  await failures.exhausted(batch, { attempts: 1, error: { code: "predictor_error", message: "odd" } });
  t.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
  t.deepEqual(await bench.values(), [1, 1, 1, 1]);
});

test("chargeSuspect() records an attempt that says why, and keeps the lease", async (t) => {
  const { bench, failures, next } = await open();
  const suspect = await next();
  await failures.chargeSuspect(suspect);
  t.deepEqual(await bench.counts(), { queued: 0, leased: 1 });
  const [attempt] = await bench.backend.ledger.batches.attempts(bench.job.jobId, suspect.lease.batch);
  t.is(attempt?.error.code, "predictor_crashed");
  t.regex(attempt?.error.message ?? "", /its worker was killed/);
});
