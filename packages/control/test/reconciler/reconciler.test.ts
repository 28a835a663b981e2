import { openLocalBackend } from "@millrace/backend-local";
import { type Backend, type JobSpec, silentLogger, type WorkerPool } from "@millrace/core";
import test from "ava";
import { Reconciler } from "../../src/reconciler/reconciler.ts";
import { temporaryDirectory, until } from "../helpers/harness.ts";

const spec: JobSpec = {
  jobId: "01J00000000000000000000000",
  apiName: "a",
  apiVersion: "v",
  endpoint: "a",
  dataset: { kind: "item_list", batchSize: 1 },
  workers: 1,
  config: {},
  maxAttempts: 1,
  onFailure: "isolate",
  batchTimeoutSeconds: 60,
  prefetchBatches: 1,
  eagerStart: false,
  labels: {},
  createdAtMs: Date.now(),
};

test("start() cleans up after a job that its workers ended when the pool cannot tell what runs", async (t) => {
  const local = await openLocalBackend({
    home: await temporaryDirectory(t),
    logger: silentLogger,
    workerCommand: [],
    environment: {},
  });
  t.teardown(() => local.ledger.close());
  const stopped: string[] = [];
  const pool: Partial<WorkerPool> = {
    describe: async () => [],
    start: async () => {},
    stop: async (jobId) => void stopped.push(jobId),
  };
  const backend = { ...local, pool } as Backend;
  const { jobs } = backend.ledger;
  await jobs.create(spec);
  await backend.queue.create(spec.jobId);
  await jobs.transition(spec.jobId, "running", { atMs: 1 });
  const output = { manifestUri: "/m", partUris: [] };
  const reconciler = new Reconciler({
    backend,
    logger: silentLogger,
    webhooks: { look: () => {} },
    enqueuer: { enqueue: () => {}, cancel: () => {}, compose: async () => {}, hasBegun: () => true },
    now: Date.now,
    tickMs: 5,
  });
  reconciler.start();
  t.teardown(() => reconciler.stop());
  await until(async () => (await backend.ledger.workers.list(spec.jobId)).length > 0);
  await jobs.transition(spec.jobId, "succeeded", { atMs: 2, output });
  await until(async () => (await jobs.unsettled()).length === 0);
  t.deepEqual(stopped, [spec.jobId]);
});
