import { type ContractTest, throwsCode } from "./contract.ts";
import { batch, collect, commitOf, createJob, createRunningJob, rowsOf, sampleSource } from "./samples.ts";

const ATTEMPT = {
  worker: 1,
  endedAtMs: 7,
  error: { code: "predictor_error", type: "ValueError", message: "é" },
};

export function describeBatchLedger(test: ContractTest): void {
  test("batches.addSources() and saveCheckpoint() are read back", async (t, { backend, second }) => {
    const jobId = await createJob(backend);
    const { batches } = backend.ledger;
    t.is(await batches.checkpoint(jobId), undefined);
    await batches.addSources(jobId, [sampleSource(1), sampleSource(0)]);
    await batches.addSources(jobId, [sampleSource(2), sampleSource(1)]);
    await batches.saveCheckpoint(jobId, { source: 1, offset: 2 ** 40, text: "é" });
    const other = (await second()).ledger.batches;
    t.deepEqual(await other.sources(jobId), [sampleSource(0), sampleSource(1), sampleSource(2)]);
    t.deepEqual(await other.source(jobId, 1), sampleSource(1));
    t.deepEqual(await other.checkpoint(jobId), { source: 1, offset: 2 ** 40, text: "é" });
    await throwsCode(t, () => other.source(jobId, 9), { code: "not_found", text: "9" });
  });

  test("batches.commit() counts each range once, in the order of the group", async (t, { backend }) => {
    const jobId = await createRunningJob(backend, [batch(0, 2), batch(2, 3), batch(5)]);
    const { batches, workers } = backend.ledger;
    const first = await batches.commit(jobId, [
      commitOf(batch(2, 3), { worker: 3 }),
      commitOf(batch(0, 2), { failed: true, worker: 4 }),
      commitOf(batch(2, 3), { worker: 4, mark: "again" }),
    ]);
    t.deepEqual(first.outcomes, ["committed", "committed", "duplicate"]);
    const progress = await batches.progress(jobId);
    if (first.progress) t.deepEqual(first.progress, progress);
    t.deepEqual(progress, {
      status: "running",
      totalItems: 6,
      totalBatches: 3,
      succeededItems: 3,
      failedItems: 2,
      succeededBatches: 1,
      failedBatches: 1,
      predictMs: 4,
    });
    t.deepEqual((await batches.commit(jobId, [commitOf(batch(0, 2))])).outcomes, ["duplicate"]);
    t.deepEqual(await batches.progress(jobId), progress);
    t.deepEqual(await batches.progress(jobId, { maxAgeMs: 1 }), progress);
    t.is(rowsOf(await collect(batches.results(jobId))).includes("again"), false);
    const records = await workers.list(jobId);
    t.deepEqual(
      records.map(({ worker, succeededItems, failedItems }) => [worker, succeededItems, failedItems]),
      [
        [3, 3, 0],
        [4, 0, 2],
      ],
    );
  });

  test("batches.commit() returns superseded when the range was split or the job is over", async (t, {
    backend,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0, 2), batch(2, 2), batch(4, 2)]);
    const { batches, jobs } = backend.ledger;
    await batches.commit(jobId, [commitOf(batch(2, 2))]);
    t.true(await batches.split(jobId, batch(0, 2)));
    const group = [commitOf(batch(0, 2)), commitOf(batch(0)), commitOf(batch(2, 2))];
    t.deepEqual((await batches.commit(jobId, group)).outcomes, ["superseded", "committed", "duplicate"]);
    await jobs.transition(jobId, "stopped", { atMs: 1 });
    const late = await batches.commit(jobId, [
      commitOf(batch(4, 2)),
      commitOf(batch(2, 2)),
      commitOf(batch(1)),
    ]);
    t.deepEqual(late.outcomes, ["superseded", "duplicate", "superseded"]);
    t.like(await batches.progress(jobId), {
      status: "stopped",
      succeededItems: 3,
      failedItems: 0,
      succeededBatches: 2,
    });
  });

  test("batches.split() and a commit of the whole batch exclude each other", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0, 4), batch(4, 4)]);
    const { batches } = backend.ledger;
    const other = (await second()).ledger.batches;
    t.true(await batches.split(jobId, batch(0, 4)));
    t.true(await other.split(jobId, batch(0, 4)));
    t.false(await batches.isDone(jobId, batch(0, 4)));
    await other.commit(jobId, [commitOf(batch(4, 4))]);
    t.false(await batches.split(jobId, batch(4, 4)));
    t.true(await batches.isDone(jobId, batch(4, 4)));
    t.false(await batches.isDone(jobId, batch(4, 2)));
    t.like(await batches.progress(jobId), { succeededItems: 4, succeededBatches: 1, failedBatches: 0 });
    await backend.ledger.jobs.transition(jobId, "stopped", { atMs: 1 });
    t.false(await batches.split(jobId, batch(8, 4)));
  });

  test("batches.split() and commit() of one range never both win when they race", async (t, {
    backend,
    second,
  }) => {
    const ranges = Array.from({ length: 40 }, (_, n) => batch(n * 2, 2));
    const jobId = await createRunningJob(backend, ranges);
    const other = (await second()).ledger.batches;
    const results = await Promise.all(
      ranges.map(async (range, n) => {
        const commit = () => backend.ledger.batches.commit(jobId, [commitOf(range)]);
        const split = () => other.split(jobId, range);
        const [committed, wasSplit] =
          n % 2 === 0
            ? await Promise.all([commit(), split()])
            : await Promise.all([split(), commit()]).then(([a, b]) => [b, a] as const);
        return { outcome: committed.outcomes[0], wasSplit };
      }),
    );
    for (const { outcome, wasSplit } of results) t.is(outcome, wasSplit ? "superseded" : "committed");
    const committed = results.filter(({ wasSplit }) => !wasSplit).length;
    t.like(await other.progress(jobId), { succeededItems: committed * 2, succeededBatches: committed });
  });

  test("batches.recordAttempt() numbers the attempts of each range", async (t, { backend, second }) => {
    const jobId = await createRunningJob(backend, [batch(0, 4)]);
    const { batches } = backend.ledger;
    const other = (await second()).ledger.batches;
    t.is(await batches.recordAttempt(jobId, { first: 0, count: 4, ...ATTEMPT }), 1);
    t.is(await other.recordAttempt(jobId, { first: 0, count: 4, ...ATTEMPT }), 2);
    t.is(await batches.recordAttempt(jobId, { first: 0, count: 2, ...ATTEMPT }), 1);
    t.deepEqual(await batches.attempts(jobId, { first: 0, count: 4 }), [
      { first: 0, count: 4, attempt: 1, ...ATTEMPT },
      { first: 0, count: 4, attempt: 2, ...ATTEMPT },
    ]);
    t.deepEqual(await batches.attempts(jobId, { first: 2, count: 2 }), []);
    t.deepEqual(
      (await collect(batches.allAttempts(jobId))).map(({ count, attempt }) => [count, attempt]),
      [
        [2, 1],
        [4, 1],
        [4, 2],
      ],
    );
  });

  test("batches.results() returns committed rows in input order, starting at the block with a given item", async (t, {
    backend,
  }) => {
    const jobId = await createRunningJob(backend, []);
    const { batches } = backend.ledger;
    t.deepEqual(await collect(batches.results(jobId)), []);
    const group = [batch(12, 4), batch(0, 4), batch(4, 4)].map((range) =>
      commitOf(range, { failed: range.first === 4 }),
    );
    await batches.commit(jobId, group);
    const firsts = async (options: Parameters<typeof batches.results>[1]) =>
      (await collect(batches.results(jobId, options))).map(({ first }) => first);
    t.deepEqual(await firsts({}), [0, 4, 12]);
    t.deepEqual(await firsts({ from: 3 }), [0, 4, 12]);
    t.deepEqual(await firsts({ from: 4 }), [4, 12]);
    t.deepEqual(await firsts({ from: 9 }), [12]);
    t.deepEqual(await firsts({ from: 16 }), []);
    t.deepEqual(await firsts({ failedOnly: true }), [4]);
    const [block] = await collect(batches.results(jobId, { failedOnly: true }));
    t.deepEqual(block, { first: 4, count: 4, rows: group[2]?.rows, failedItems: 4 });
  });

  test("batches.results() is readable while others write, and stops at its signal", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createRunningJob(backend, []);
    const { batches } = backend.ledger;
    const other = (await second()).ledger.batches;
    const commit = async (from: number, to: number) => {
      const ranges = Array.from({ length: to - from }, (_, n) => batch(from + n));
      await other.commit(
        jobId,
        ranges.map((range) => commitOf(range)),
      );
    };
    await commit(0, 600);
    let seen = 0;
    for await (const { first } of batches.results(jobId)) {
      t.is(first, seen);
      seen += 1;
      if (seen === 100) await commit(600, 1_200);
    }
    t.true(seen >= 600);
    const abort = new AbortController();
    await t.throwsAsync(async () => {
      for await (const _ of batches.results(jobId, { signal: abort.signal }))
        abort.abort(new Error("enough"));
    });
  });

  test("batches.unfinished() returns what failed and what was never committed", async (t, { backend }) => {
    const ranges = [batch(0, 4), batch(4, 4), batch(8, 4), batch(12, 4)];
    const jobId = await createRunningJob(backend, ranges);
    const { ledger, queue } = backend;
    const leases = await queue.lease(jobId, { max: 3, leaseSeconds: 60, worker: 0 });
    await ledger.batches.commit(jobId, [commitOf(batch(0, 4)), commitOf(batch(4, 4), { failed: true })]);
    await queue.ack(
      jobId,
      leases.slice(0, 2).map(({ receipt }) => receipt),
    );
    t.deepEqual(await collect(ledger.batches.unfinished(jobId)), ranges.slice(1));
    // The third is split: its parts replace it.
    await ledger.batches.split(jobId, batch(8, 4));
    const parts = [
      { ...batch(8, 2), priorAttempts: 3 },
      { ...batch(10, 2), priorAttempts: 3 },
    ];
    await queue.send(
      jobId,
      parts.map((part) => ({ batch: part })),
    );
    await queue.ack(
      jobId,
      leases.slice(2).map(({ receipt }) => receipt),
    );
    await ledger.batches.commit(jobId, [commitOf(batch(10, 2))]);
    // A job that is over no longer has a queue.
    await ledger.jobs.transition(jobId, "stopped", { atMs: 1 });
    await queue.delete(jobId);
    t.deepEqual(await collect(ledger.batches.unfinished(jobId)), [ranges[1], parts[0], ranges[3]]);
  });

  test("batches.commit() accepts batches with some failed items, and unfinished() returns only those", async (t, {
    backend,
  }) => {
    const ranges = [batch(0, 4), batch(4, 4)];
    const jobId = await createRunningJob(backend, ranges);
    const { batches } = backend.ledger;
    const failed = [batch(1), { ...batch(2, 2), priorAttempts: 3 }];
    const commit = { ...commitOf(batch(0, 4)), failedItems: 3, failed };
    await t.throwsAsync(batches.commit(jobId, [{ ...commit, failedItems: 2 }]), { instanceOf: RangeError });
    t.deepEqual((await batches.commit(jobId, [commit])).outcomes, ["committed"]);
    const progress = await batches.progress(jobId);
    t.deepEqual([progress.succeededItems, progress.failedItems], [1, 3]);
    t.deepEqual([progress.succeededBatches, progress.failedBatches], [0, 1]);
    const [record] = await backend.ledger.workers.list(jobId);
    t.deepEqual([record?.succeededItems, record?.failedItems], [1, 3]);
    const [block] = await collect(batches.results(jobId, { failedOnly: true }));
    t.deepEqual(block, { first: 0, count: 4, rows: commit.rows, failedItems: 3 });
    t.deepEqual(await collect(batches.unfinished(jobId)), [...failed, batch(4, 4)]);
  });

  test("batches.unfinished() returns the whole batch when a worker died between split and send", async (t, {
    backend,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0, 4), batch(4, 4)]);
    await backend.ledger.batches.split(jobId, batch(0, 4));
    t.deepEqual(await collect(backend.ledger.batches.unfinished(jobId)), [batch(0, 4), batch(4, 4)]);
  });
}
