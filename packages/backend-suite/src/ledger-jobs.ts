import assert from "node:assert/strict";
import { canTransition, isMillraceError, isTerminal, JOB_STATUSES, type JobStatus } from "@millrace/core";
import fc from "fast-check";
import { type ContractTest, throwsCode } from "./contract.ts";
import { batch, collect, commitOf, createJob, createRunningJob, newJobId, sampleJob } from "./samples.ts";

export function describeJobLedger(test: ContractTest): void {
  test("jobs.transition() records the output together with the status, or neither", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { jobs } = backend.ledger;
    const output = { manifestUri: "/m", partUris: ["/p"] };
    t.true(await jobs.transition(jobId, "succeeded", { atMs: 9, output }));
    const other = (await second()).ledger.jobs;
    t.like(await other.get(jobId), { status: "succeeded", output });
    t.like((await other.list({}))[0], { status: "succeeded", output });
    const stopped = await createRunningJob(backend, [batch(0)]);
    t.true(await jobs.transition(stopped, "stopped", { atMs: 9 }));
    t.false(await jobs.transition(stopped, "succeeded", { atMs: 9, output }));
    t.is((await other.get(stopped)).output, undefined);
  });

  test("every method throws job_not_found when there is no such job", async (t, { backend }) => {
    const { jobs, batches, workers } = backend.ledger;
    const jobId = newJobId();
    const range = { first: 0, count: 1, segments: [] };
    const calls: (() => Promise<unknown>)[] = [
      () => jobs.get(jobId),
      () => jobs.transition(jobId, "running", { atMs: 1 }),
      () => jobs.setTotals(jobId, { items: 1, batches: 1 }),
      () => jobs.setOutput(jobId, { manifestUri: "/m", partUris: [] }),
      () => jobs.acquireCompletion(jobId, { owner: "a", seconds: 1 }),
      () => jobs.releaseCompletion(jobId, "a"),
      () => jobs.delete(jobId),
      () => batches.addSources(jobId, []),
      () => batches.source(jobId, 0),
      () => batches.sources(jobId),
      () => batches.saveCheckpoint(jobId, {}),
      () => batches.checkpoint(jobId),
      () => batches.commit(jobId, []),
      () => batches.split(jobId, range),
      () => batches.attempts(jobId, range),
      () => batches.progress(jobId),
      () => collect(batches.results(jobId)),
      () => collect(batches.unfinished(jobId)),
      () => collect(batches.allAttempts(jobId)),
      () => workers.update(jobId, 0, { status: "running" }),
      () => workers.list(jobId),
    ];
    for (const call of calls) await throwsCode(t, call, { code: "job_not_found", text: jobId });
  });

  test("a ledger that stores the progress of ended jobs stores what batches.progress() returns", async (t, {
    backend,
  }) => {
    const { jobs, batches } = backend.ledger;
    const jobId = await createRunningJob(backend, [batch(0), batch(1), batch(2)]);
    await batches.commit(jobId, [commitOf(batch(0)), commitOf(batch(1), { failed: true })]);
    t.is((await jobs.get(jobId)).progress, undefined);
    await jobs.transition(jobId, "stopped", { atMs: 9 });
    const progress = await batches.progress(jobId);
    t.like(progress, { status: "stopped", succeededItems: 1, failedItems: 1 });
    const [listed] = await jobs.list({});
    for (const job of [listed, await jobs.get(jobId)]) t.deepEqual(job?.progress ?? progress, progress);
  });

  test("jobs.list() returns jobs newest first, filtered, in pages", async (t, { backend }) => {
    const { jobs } = backend.ledger;
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      const labels = { parity: n % 2 === 0 ? "even" : "odd", 'a"b.c': "q" };
      ids.push(await createJob(backend, { apiName: n < 4 ? "one" : "two", labels }));
    }
    const listed = async (query: Parameters<typeof jobs.list>[0]) =>
      (await jobs.list(query)).map(({ spec }) => ids.indexOf(spec.jobId));
    t.deepEqual(await listed({}), [6, 5, 4, 3, 2, 1, 0]);
    t.deepEqual(await listed({ limit: 3 }), [6, 5, 4]);
    t.deepEqual(await listed({ limit: 3, before: ids[4] as string }), [3, 2, 1]);
    t.deepEqual(await listed({ apiName: "one" }), [3, 2, 1, 0]);
    t.deepEqual(await listed({ labels: { parity: "odd", 'a"b.c': "q" } }), [5, 3, 1]);
    t.deepEqual(await listed({ labels: { parity: "odd", absent: "" } }), []);
    t.deepEqual(await listed({ search: "ODD" }), [5, 3, 1]);
    t.deepEqual(await listed({ search: "tw", labels: { parity: "even" } }), [6, 4]);
    t.deepEqual(await listed({ search: (ids[3] as string).slice(-6).toLowerCase() }), [3]);
    t.deepEqual(await listed({ search: "%" }), []);
    await jobs.transition(ids[2] as string, "stopped", { atMs: 9 });
    t.deepEqual(await listed({ statuses: ["stopped", "succeeded"] }), [2]);
    t.deepEqual(await listed({ statuses: ["enqueuing"], apiName: "one" }), [3, 1, 0]);
  });

  test("jobs.active() returns unfinished jobs, oldest first, also when another process ended one", async (t, {
    backend,
    second,
  }) => {
    const ids = [await createJob(backend), await createJob(backend), await createJob(backend)];
    const other = await second();
    await other.ledger.jobs.transition(ids[1] as string, "stopped", { atMs: 1 });
    t.deepEqual(await backend.ledger.jobs.active(), [ids[0], ids[2]]);
    t.is((await backend.ledger.jobs.list({ statuses: ["stopped"] }))[0]?.spec.jobId, ids[1]);
  });

  test("jobs.unsettled() returns jobs that are over until they are settled", async (t, {
    backend,
    second,
  }) => {
    const { jobs } = backend.ledger;
    const ids = [await createJob(backend), await createJob(backend), await createJob(backend)];
    t.deepEqual(await jobs.unsettled(), []);
    for (const jobId of ids.slice(0, 2)) await jobs.transition(jobId, "stopped", { atMs: 1 });
    t.deepEqual(await (await second()).ledger.jobs.unsettled(), ids.slice(0, 2));
    await jobs.settle(ids[0] as string);
    await jobs.settle(ids[0] as string);
    t.deepEqual(await jobs.unsettled(), [ids[1]]);
    t.deepEqual(await jobs.active(), [ids[2]]);
  });

  test("jobs.transition() records times and reason, and refuses transitions that the table does not have", async (t, {
    backend,
  }) => {
    const { jobs } = backend.ledger;
    const jobId = await createJob(backend);
    await throwsCode(t, () => jobs.transition(jobId, "completed_with_failures", { atMs: 1 }), {
      code: "illegal_transition",
    });
    t.true(await jobs.transition(jobId, "running", { atMs: 10 }));
    t.false(await jobs.transition(jobId, "running", { atMs: 11 }));
    await throwsCode(t, () => jobs.transition(jobId, "enqueuing", { atMs: 12 }), {
      code: "illegal_transition",
    });
    const reason = { code: "predictor_init_failed", message: "no model" };
    t.true(await jobs.transition(jobId, "worker_error", { atMs: 20, reason }));
    t.false(await jobs.transition(jobId, "stopped", { atMs: 30 }));
    t.like(await jobs.get(jobId), { status: "worker_error", startedAtMs: 10, endedAtMs: 20, reason });
  });

  test("jobs.transition() accepts exactly the sequences of steps that core's table allows", async (t, {
    backend,
  }) => {
    const { jobs } = backend.ledger;
    const statuses = Object.keys(JOB_STATUSES) as JobStatus[];
    // A transition to the current status, and any transition of a job that is over, changes nothing.
    const expected = (from: JobStatus, to: JobStatus) =>
      canTransition(from, to) ? true : from === to || isTerminal(from) ? false : "refused";
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...statuses), { minLength: 1, maxLength: 5 }),
        async (steps) => {
          const jobId = await createJob(backend);
          let status = (await jobs.get(jobId)).status;
          for (const to of steps) {
            const moved = await jobs.transition(jobId, to, { atMs: 1 }).catch((error: unknown) => {
              if (isMillraceError(error, "illegal_transition")) return "refused" as const;
              throw error;
            });
            assert.equal(moved, expected(status, to), `${status} to ${to}`);
            if (moved === true) status = to;
            assert.equal((await jobs.get(jobId)).status, status);
          }
        },
      ),
      { numRuns: 30 },
    );
    t.pass();
  });

  test("jobs.transition() returns true to only one of many racing callers", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createJob(backend);
    const ledgers = [backend.ledger, (await second()).ledger];
    const ends: JobStatus[] = ["stopped", "timed_out", "unexpected_error", "worker_error"];
    const moved = await Promise.all(
      ends.map((status, n) => ledgers[n % 2]?.jobs.transition(jobId, status, { atMs: n })),
    );
    t.is(moved.filter(Boolean).length, 1);
    t.is((await backend.ledger.jobs.get(jobId)).status, ends[moved.indexOf(true)] as JobStatus);
  });

  test("jobs.setTotals() and setOutput() are read back", async (t, { backend, second }) => {
    const { jobs } = backend.ledger;
    const jobId = await createJob(backend);
    await jobs.setTotals(jobId, { items: 10, batches: 3 });
    const output = { manifestUri: "/m.json", partUris: ["/0.ndjson", "/1.ndjson"] };
    await jobs.setOutput(jobId, output);
    const other = await second();
    t.like(await other.ledger.jobs.get(jobId), { totalItems: 10, totalBatches: 3, output });
    t.like((await other.ledger.jobs.list({}))[0], { totalItems: 10, totalBatches: 3, output });
  });

  test("jobs.acquireCompletion() grants the lease to one owner until it expires or is released", async (t, {
    backend,
    second,
    advance,
  }) => {
    const { jobs } = backend.ledger;
    const other = (await second()).ledger.jobs;
    const jobId = await createJob(backend);
    t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 2 }));
    t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 2 }));
    t.false(await other.acquireCompletion(jobId, { owner: "b", seconds: 2 }));
    await other.releaseCompletion(jobId, "b");
    t.false(await other.acquireCompletion(jobId, { owner: "b", seconds: 2 }));
    await advance(2_100);
    t.true(await other.acquireCompletion(jobId, { owner: "b", seconds: 2 }));
    t.false(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 2 }));
    await other.releaseCompletion(jobId, "b");
    t.true(await jobs.acquireCompletion(jobId, { owner: "a", seconds: 2 }));
  });

  test("jobs.delete() forgets the job and its idempotency key, for every process", async (t, {
    backend,
    second,
  }) => {
    const { jobs } = backend.ledger;
    const idempotency = { key: "k", fingerprint: "f" };
    const { job } = await jobs.create(sampleJob(), { idempotency });
    const { jobId } = job.spec;
    const other = await second();
    await other.ledger.batches.progress(jobId);
    await jobs.delete(jobId);
    for (const { ledger } of [backend, other]) {
      await throwsCode(t, () => ledger.jobs.get(jobId), { code: "job_not_found" });
      await throwsCode(t, () => ledger.batches.progress(jobId), { code: "job_not_found" });
      t.deepEqual(await ledger.jobs.list({}), []);
      t.deepEqual(await ledger.jobs.active(), []);
    }
    t.true((await jobs.create(sampleJob(), { idempotency })).created);
  });
}
