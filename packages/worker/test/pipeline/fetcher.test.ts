import { putObject } from "@millrace/backend-suite";
import { MillraceError, type WorkerBackend } from "@millrace/core";
import test from "ava";
import { openBench } from "../support/job-bench.ts";
import { finished, pipelineParts, recordAttempts } from "../support/pipeline-parts.ts";

test("fetch() returns the items of leased batches in input order, and nothing for an empty queue", async (t) => {
  const bench = await openBench({ items: ["a", "b", "c"], batchSize: 2 });
  const { fetch } = pipelineParts(bench.worker());
  const { leased, ready } = await fetch(5);
  t.is(leased, 2);
  t.deepEqual(
    ready.map(({ items }) => items),
    [['"a"', '"b"'], ['"c"']],
  );
  t.is(ready[0]?.suspectAttempts, undefined);
  const halves = ready[0]?.halves() ?? [];
  t.deepEqual(
    halves.map(({ first, count }) => [first, count]),
    [
      [0, 1],
      [1, 1],
    ],
  );
  t.deepEqual(await fetch(5), { leased: 0, ready: [] });
});

test("fetch() acknowledges a batch that was already done", async (t) => {
  const bench = await openBench({ items: 2 });
  const [theirs] = await bench.leaseAs(1);
  bench.advance(31_000);
  const { fetch, leases } = pipelineParts(bench.worker());
  const [batch] = bench.batches;
  const { commit } = finished({ batch: batch as never, receipt: "", receiveCount: 1 });
  await bench.backend.ledger.batches.commit(bench.job.jobId, [commit]);
  const { leased, ready } = await fetch(2);
  t.is(theirs?.first, 0);
  t.deepEqual([leased, ready.length, leases.size], [2, 1, 1]);
  t.deepEqual(await bench.counts(), { queued: 0, leased: 1 });
});

test("fetch() suspects only batches with more deliveries than attempts", async (t) => {
  const bench = await openBench({ items: 3 });
  await bench.leaseAs(1, 3);
  const [first, second] = bench.batches;
  if (first) await recordAttempts(bench, first, 1);
  const { queue } = bench.backend;
  bench.advance(31_000);
  const unstarted = await bench.leaseAs(1, 3);
  // The second was in line and is given back by hand; the others' worker goes silent once more.
  await queue.release(bench.job.jobId, [unstarted[1]?.receipt ?? ""], { unstarted: [second as never] });
  bench.advance(31_000);
  const { fetch } = pipelineParts(bench.worker());
  const { ready } = await fetch(3);
  t.deepEqual(
    ready.map(({ lease, suspectAttempts }) => [lease.batch.first, lease.receiveCount, suspectAttempts]),
    [
      [0, 3, 1],
      [1, 2, 0],
      [2, 3, 0],
    ],
  );
  const other = await openBench({ items: 1 });
  await other.leaseAs(1);
  await recordAttempts(other, { first: 0, count: 1 }, 1);
  other.advance(31_000);
  const explained = await pipelineParts(other.worker()).fetch();
  t.is(explained.ready[0]?.suspectAttempts, undefined);
});

test("fetch() finishes a batch whose attempts are used up without predicting it", async (t) => {
  const bench = await openBench({ items: 4, batchSize: 4, job: { maxAttempts: 2 } });
  await bench.leaseAs(1);
  await recordAttempts(bench, { first: 0, count: 4 }, 2);
  bench.advance(31_000);
  const { fetch } = pipelineParts(bench.worker());
  t.deepEqual(await fetch(), { leased: 1, ready: [] });
  const halves = await fetch(9);
  t.deepEqual(
    halves.ready.map(({ lease }) => [lease.batch.first, lease.batch.count, lease.batch.priorAttempts]),
    [
      [0, 2, 2],
      [2, 2, 2],
    ],
  );
});

test("fetch() writes error rows for a batch that cannot be read, and reads its neighbours", async (t) => {
  const bench = await openBench({ items: 3 });
  const source = await bench.backend.ledger.batches.source(bench.job.jobId, 0);
  // The second line is empty now, of the same length and version.
  const object = bench.state.objects.get(source.uri);
  const bytes = Buffer.from(object?.bytes ?? []);
  bytes.write(" ", 2);
  bench.state.objects.set(source.uri, { bytes, version: source.version });
  const { fetch, committer } = pipelineParts(bench.worker());
  const { leased, ready } = await fetch(3);
  await committer.flush();
  t.is(leased, 3);
  t.deepEqual(
    ready.map(({ items }) => items),
    [["0"], ["2"]],
  );
  t.deepEqual(await bench.values(), ["malformed_input"]);
});

test("fetch() fails all batches of a file that was changed", async (t) => {
  const bench = await openBench({ items: 2 });
  const source = await bench.backend.ledger.batches.source(bench.job.jobId, 0);
  putObject(bench.state, source.uri, Buffer.from("7\n8\n"));
  const { fetch, committer } = pipelineParts(bench.worker());
  t.deepEqual(await fetch(2), { leased: 2, ready: [] });
  await committer.flush();
  t.deepEqual(await bench.values(), ["input_changed", "input_changed"]);
});

test("fetch() releases its leases uncounted and uncharged when the platform fails", async (t) => {
  for (const code of ["unavailable", "backend_misconfigured"] as const) {
    const wrap = (backend: WorkerBackend): WorkerBackend => {
      const read = async () => {
        throw new MillraceError(code, "cannot read");
      };
      return { ...backend, objects: { ...backend.objects, read } };
    };
    const bench = await openBench({ items: 2, wrap });
    const { fetch, leases } = pipelineParts(bench.worker());
    await t.throwsAsync(fetch(2), { message: "cannot read" });
    t.is(leases.size, 0);
    t.deepEqual(await bench.attempts(), []);
    const again = await bench.leaseAs(1, 2);
    t.deepEqual(
      again.map(({ receiveCount }) => receiveCount),
      [1, 1],
    );
  }
});
