import { type ContractTest, throwsCode } from "./contract.ts";
import { batch, commitOf, sampleApi, sampleJob } from "./samples.ts";

export function describeJobCreation(test: ContractTest): void {
  test("jobs.create() writes the job as enqueuing, readable by another process", async (t, {
    backend,
    second,
  }) => {
    const spec = sampleJob({ labels: { team: "vision" }, timeoutSeconds: 60, maxFailedItems: 0 });
    const { job, created } = await backend.ledger.jobs.create(spec);
    t.true(created);
    t.deepEqual(job, { spec, status: "enqueuing" });
    t.deepEqual(await (await second()).ledger.jobs.get(spec.jobId), job);
  });

  test("jobs.create() returns the same job when a key is repeated", async (t, { backend, second }) => {
    const idempotency = { key: "k", fingerprint: "f" };
    const first = await backend.ledger.jobs.create(sampleJob(), { idempotency });
    const other = await second();
    const again = await other.ledger.jobs.create(sampleJob(), { idempotency });
    t.false(again.created);
    t.is(again.job.spec.jobId, first.job.spec.jobId);
    t.is((await other.ledger.jobs.findIdempotent(idempotency))?.spec.jobId, first.job.spec.jobId);
    t.is((await backend.ledger.jobs.list({})).length, 1);
    t.is(await backend.ledger.jobs.findIdempotent({ key: "other", fingerprint: "f" }), undefined);
  });

  test("jobs.create() creates one job when two requests with one key race", async (t, {
    backend,
    second,
  }) => {
    const idempotency = { key: "k", fingerprint: "f" };
    const ledgers = [backend.ledger, (await second()).ledger];
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ledgers[n % 2]?.jobs.create(sampleJob(), { idempotency })),
    );
    t.is(made.filter((result) => result?.created).length, 1);
    t.is(new Set(made.map((result) => result?.job.spec.jobId)).size, 1);
    t.is((await backend.ledger.jobs.active()).length, 1);
  });

  test("jobs.create() refuses a key that was used with another request", async (t, { backend }) => {
    const { jobs } = backend.ledger;
    await jobs.create(sampleJob(), { idempotency: { key: "k", fingerprint: "f" } });
    const other = { key: "k", fingerprint: "g" };
    await throwsCode(t, () => jobs.create(sampleJob(), { idempotency: other }), {
      code: "idempotency_conflict",
      text: "k",
    });
    await throwsCode(t, () => jobs.findIdempotent(other), { code: "idempotency_conflict" });
    t.is((await jobs.list({})).length, 1);
  });

  test("jobs.create() creates a new job for the key of a job that failed before it started any item", async (t, {
    backend,
    second,
  }) => {
    const { jobs } = backend.ledger;
    const make = async (fingerprint: string) => {
      const idempotency = { key: "nightly", fingerprint };
      const { job, created } = await jobs.create(sampleJob(), { idempotency });
      return { jobId: job.spec.jobId, created };
    };
    const broken = await make("wrong path");
    await jobs.transition(broken.jobId, "enqueue_failed", { atMs: 1 });
    const other = (await second()).ledger.jobs;
    t.is(await other.findIdempotent({ key: "nightly", fingerprint: "wrong path" }), undefined);
    t.is(await other.findIdempotent({ key: "nightly", fingerprint: "right path" }), undefined);
    const next = await make("right path");
    t.true(next.created);
    t.deepEqual(await make("right path"), { ...next, created: false });
    await jobs.delete(broken.jobId);
    const holder = await other.findIdempotent({ key: "nightly", fingerprint: "right path" });
    t.is(holder?.spec.jobId, next.jobId);
  });

  test("jobs.create() returns the job of a key if it was stopped or has started an item", async (t, {
    backend,
  }) => {
    const { jobs, batches } = backend.ledger;
    const idempotency = { key: "k", fingerprint: "f" };
    for (const step of ["stop", "attempt", "commit"]) {
      const { job } = await jobs.create(sampleJob(), { idempotency: { ...idempotency, key: step } });
      const { jobId } = job.spec;
      const error = { code: "predictor_error", message: "m" };
      const attempt = { first: 0, count: 1, worker: 0, endedAtMs: 1, error };
      if (step === "attempt") await batches.recordAttempt(jobId, attempt);
      if (step === "commit") await batches.commit(jobId, [commitOf(batch(0))]);
      await jobs.transition(jobId, step === "stop" ? "stopped" : "worker_error", { atMs: 1 });
      const again = await jobs.create(sampleJob(), { idempotency: { ...idempotency, key: step } });
      t.deepEqual([again.created, again.job.spec.jobId], [false, jobId], step);
    }
  });

  test("jobs.create() refuses a job of an API that must be deployed and is not", async (t, { backend }) => {
    const { apis, jobs } = backend.ledger;
    const refusal = { code: "api_not_found", text: "sample" } as const;
    const idempotency = { key: "k", fingerprint: "f" };
    await throwsCode(t, () => jobs.create(sampleJob(), { ofDeployedApi: true, idempotency }), refusal);
    t.is((await jobs.list({})).length, 0);
    await apis.put(sampleApi("sample"));
    t.true((await jobs.create(sampleJob(), { ofDeployedApi: true, idempotency })).created);
    await apis.delete("sample");
    await throwsCode(t, () => jobs.create(sampleJob(), { ofDeployedApi: true }), refusal);
    t.false((await jobs.create(sampleJob(), { ofDeployedApi: true, idempotency })).created);
  });
}
