import { EMPTY_REPORT } from "@millrace/core";
import type { ContractTest } from "./contract.ts";
import { batch, commitOf, createRunningJob } from "./samples.ts";

export function describeWorkerLedger(test: ContractTest): void {
  test("workers.update() creates a record and then writes only the given fields", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { workers } = backend.ledger;
    t.deepEqual(await workers.list(jobId), []);
    const zeros = { succeededItems: 0, failedItems: 0, restarts: 0, fruitlessRestarts: 0 };
    await workers.update(jobId, 2, {});
    await workers.update(jobId, 0, { status: "pending", reason: "waiting for 1 GPU" });
    await workers.update(jobId, 0, { heartbeatAtMs: 5 });
    const other = (await second()).ledger.workers;
    t.deepEqual(await other.list(jobId), [
      { worker: 0, status: "pending", reason: "waiting for 1 GPU", heartbeatAtMs: 5, ...zeros },
      { worker: 2, status: "pending", ...zeros },
    ]);
    await workers.update(jobId, 0, {
      status: "running",
      startedAtMs: 6,
      peakMemoryBytes: 2 ** 40,
      restarts: 1,
    });
    t.deepEqual((await other.list(jobId))[0], {
      worker: 0,
      status: "running",
      startedAtMs: 6,
      heartbeatAtMs: 5,
      peakMemoryBytes: 2 ** 40,
      ...zeros,
      restarts: 1,
    });
  });

  test("workers.get() returns one worker with its last report, and undefined without a record", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0)]);
    const { workers } = backend.ledger;
    t.is(await workers.get(jobId, 1), undefined);
    const report = {
      ...EMPTY_REPORT,
      batch: "000000000000-1",
      failedAttempts: 3,
      items: { intervalMs: 2_000, counts: [0, 5] },
    };
    await workers.update(jobId, 1, { report: EMPTY_REPORT });
    await workers.update(jobId, 1, { status: "running", report });
    await workers.update(jobId, 1, { heartbeatAtMs: 9 });
    const other = (await second()).ledger.workers;
    t.like(await other.get(jobId, 1), { worker: 1, status: "running", heartbeatAtMs: 9, report });
    t.deepEqual(await other.list(jobId), [await other.get(jobId, 1)]);
  });

  test("batches.commit() keeps a worker's counts across restarts and resets its fruitless restarts", async (t, {
    backend,
  }) => {
    const jobId = await createRunningJob(backend, [batch(0), batch(1)]);
    const { workers, batches } = backend.ledger;
    await workers.update(jobId, 0, { status: "running", restarts: 2, fruitlessRestarts: 2 });
    await batches.commit(jobId, [commitOf(batch(0))]);
    await workers.update(jobId, 0, { status: "initializing" });
    await batches.commit(jobId, [commitOf(batch(1), { failed: true })]);
    t.like((await workers.list(jobId))[0], {
      status: "initializing",
      succeededItems: 1,
      failedItems: 1,
      restarts: 2,
      fruitlessRestarts: 0,
    });
  });
}
