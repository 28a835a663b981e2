import type { Job, PoolWorker, WorkerRecord, WorkerStatus } from "@millrace/core";
import test from "ava";
import { waitingFor } from "../../src/views/waiting-for.ts";
import { workerViews } from "../../src/views/worker-view.ts";

const RUNNING = { status: "running" } as Job;

function record(worker: number, status: WorkerStatus, reason?: string): WorkerRecord {
  const counts = { succeededItems: 0, failedItems: 0, restarts: 0, fruitlessRestarts: 0 };
  return { worker, status, ...counts, ...(reason !== undefined && { reason }) };
}

/** What is said of a running job with these workers. */
function said(
  records: readonly WorkerRecord[],
  processes: readonly PoolWorker[] = [],
): Promise<string | null> {
  return waitingFor({}, { job: RUNNING, workers: workerViews(records, processes) });
}

test("waitingFor() says what a worker waits for, and how many others wait", async (t) => {
  const reason = "waiting for 4 CPUs: 4 of 4 in use";
  const records = [record(0, "pending"), record(1, "pending"), record(2, "succeeded")];
  const processes = [0, 1].map((worker) => ({ worker, state: "pending" as const, reason }));
  t.is(await said(records, processes), `worker 0 is pending: ${reason}; 1 more waiting`);
});

test("waitingFor() says why no worker can be started", async (t) => {
  const processes = [{ worker: 0, state: "exited" as const, reason: "cannot be started: spawn EAGAIN" }];
  t.is(await said([record(0, "pending")], processes), "worker 0 is pending: cannot be started: spawn EAGAIN");
});

test("waitingFor() says since when the predictor is being constructed", async (t) => {
  const reason = "constructing the predictor since 2026-11-23 12:00:00Z";
  t.is(await said([record(0, "initializing", reason)]), `worker 0 is initializing: ${reason}`);
});

test("waitingFor() is undefined while a worker works, when the job is over, or when nothing is known", async (t) => {
  t.is(await said([record(0, "running"), record(1, "pending", "waiting for 1 GPU: 1 of 1 in use")]), null);
  t.is(await said([]), null);
  const over = { status: "succeeded" } as Job;
  const obstacle = async () => "the disk is full";
  t.is(await waitingFor({ obstacle }, { job: over, workers: [] }), null);
});

test("waitingFor() puts first what stops every job", async (t) => {
  const obstacle = async () => "the disk of /home is full";
  const workers = workerViews([record(0, "running")], []);
  t.is(await waitingFor({ obstacle }, { job: RUNNING, workers }), "the disk of /home is full");
});
