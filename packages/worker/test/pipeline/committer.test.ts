import { MillraceError, type WorkerBackend } from "@millrace/core";
import test from "ava";
import { openBench } from "../support/job-bench.ts";
import { finished, pipelineParts } from "../support/pipeline-parts.ts";
import { until } from "../support/until.ts";

type Commit = WorkerBackend["ledger"]["batches"]["commit"];

/** A backend whose commits are watched. */
function watching(commit: (next: Commit) => Commit) {
  return (backend: WorkerBackend): WorkerBackend => {
    const { batches } = backend.ledger;
    return {
      ...backend,
      ledger: { ...backend.ledger, batches: { ...batches, commit: commit(batches.commit) } },
    };
  };
}

test("add() writes batches in groups, after a moment, and acks them", async (t) => {
  const sizes: number[] = [];
  const wrap = watching((next) => (jobId, commits) => {
    sizes.push(commits.length);
    return next(jobId, commits);
  });
  const bench = await openBench({ items: 5, wrap });
  const { committer, lease, leases, groups } = pipelineParts(bench.worker());
  t.true(committer.idle);
  for (const one of await lease(5)) committer.add(finished(one));
  t.false(committer.idle);
  t.deepEqual(sizes, [], "they wait for company");
  await until("the group is written", () => committer.idle);
  t.deepEqual(sizes, [5]);
  t.deepEqual(await bench.values(), ["done", "done", "done", "done", "done"]);
  t.is(leases.size, 0);
  t.deepEqual(await bench.counts(), { queued: 0, leased: 0 });
  t.like(groups, [{ progress: { succeededItems: 5 }, hasFailures: false }]);
});

test("add() writes at once for 256 batches, or 1 MiB of rows", async (t) => {
  const pace = { commitGroupMs: 2 ** 30 };
  const many = await openBench({ items: 256, pace });
  const parts = pipelineParts(many.worker());
  for (const one of await parts.lease(256)) parts.committer.add(finished(one));
  await until("all are written", () => parts.committer.idle);
  const big = await openBench({ items: 1, pace });
  const other = pipelineParts(big.worker());
  const [lease] = await other.lease();
  if (lease) other.committer.add(finished(lease, "x".repeat(1024 * 1024)));
  await until("the big one is written", () => other.committer.idle);
  t.is((await many.rows()).length, 256);
  t.is((await big.rows()).length, 1);
});

test("hurry() and flush() write a group at once", async (t) => {
  const bench = await openBench({ items: 2, pace: { commitGroupMs: 2 ** 30 } });
  const { committer, lease } = pipelineParts(bench.worker());
  const [one, two] = await lease(2);
  if (one) committer.add(finished(one));
  committer.hurry();
  await until("one is written", () => committer.idle);
  if (two) committer.add(finished(two));
  await committer.flush();
  t.true(committer.idle);
  t.deepEqual(await bench.values(), ["done", "done"]);
});

test("behind is true while 64 MiB or 1,024 batches are unwritten, and no batch is dropped", async (t) => {
  const open = Promise.withResolvers<void>();
  const wrap = watching((next) => async (...given) => {
    await open.promise;
    return next(...given);
  });
  const bench = await openBench({ items: 1_400, wrap });
  const { committer, lease } = pipelineParts(bench.worker());
  const leases = await lease(1_400);
  // The first group of 256 is on its way.
  for (const one of leases.slice(0, 1_279)) committer.add(finished(one));
  t.false(committer.behind);
  for (const one of leases.slice(1_279)) committer.add(finished(one));
  t.true(committer.behind);
  open.resolve();
  await committer.flush();
  t.false(committer.behind);
  t.is((await bench.rows()).length, 1_400);
});

test("a batch whose lease was lost counts once, whoever commits it first", async (t) => {
  const bench = await openBench({ items: 1 });
  const { committer, lease } = pipelineParts(bench.worker());
  const [lost] = await lease();
  bench.advance(31_000);
  await bench.leaseAs(1);
  const [batch] = bench.batches;
  const theirs = finished({ batch: batch as never, receipt: "", receiveCount: 2 }, "theirs").commit;
  await bench.backend.ledger.batches.commit(bench.job.jobId, [theirs]);
  if (lost) committer.add(finished(lost, "mine"));
  await committer.flush();
  t.deepEqual(await bench.values(), ["theirs"]);
  t.like(await bench.progress(), { succeededItems: 1 });
});

test("a ledger that cannot be written ends the pipeline, and flush() throws", async (t) => {
  const error = new MillraceError("state_corrupt", "damaged");
  const wrap = watching(() => async () => {
    throw error;
  });
  const bench = await openBench({ items: 2, wrap });
  const { committer, ending, lease } = pipelineParts(bench.worker());
  const [one, two] = await lease(2);
  if (one) committer.add(finished(one));
  await t.throwsAsync(committer.flush(), { is: error });
  t.deepEqual(ending.end, { kind: "failed", error });
  if (two) committer.add(finished(two));
  await t.throwsAsync(committer.flush(), { is: error });
});
