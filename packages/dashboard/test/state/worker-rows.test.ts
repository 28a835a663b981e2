import type { WorkerStatus, WorkerView } from "@millrace/core";
import test from "ava";
import { mergeWorkers, selectWorkers } from "../../src/app/state/worker-rows.ts";

function worker(
  number: number,
  more: { readonly items?: number; readonly seconds?: number; readonly status?: WorkerStatus } = {},
): WorkerView {
  const { items = 0, seconds = 0, status = "running" } = more;
  return {
    worker: number,
    status,
    reason: null,
    succeeded_items: items,
    failed_items: 0,
    restarts: 0,
    start_time: null,
    heartbeat_time: null,
    peak_memory_bytes: null,
    batch: null,
    failed_attempts: 0,
    gpus: null,
    time: {
      waiting: 100,
      starting: 10,
      loading: 0,
      preprocessing: 0,
      predicting: seconds,
      postprocessing: 0,
      writing: 0,
      idle: 0,
    },
  };
}

const numbers = (rows: readonly { readonly view: WorkerView }[]) => rows.map(({ view }) => view.worker);

test("mergeWorkers() keeps the rows that did not change, in the order of their numbers", (t) => {
  const rows = mergeWorkers([], [worker(2), worker(0)]);
  const merged = mergeWorkers(rows, [worker(1), worker(2, { status: "stalled" })]);
  t.deepEqual(numbers(merged), [0, 1, 2]);
  t.is(merged[0], rows[0]);
  t.is(merged[2]?.view.status, "stalled");
  t.is(mergeWorkers(rows, []), rows);
});

test("mergeWorkers() measures the pace by the worker's clock, without waiting and starting", (t) => {
  let rows = mergeWorkers([], [worker(0, { items: 100, seconds: 10 })]);
  t.is(rows[0]?.rate, 10);
  for (let report = 1; report <= 20; report++) {
    rows = mergeWorkers(rows, [worker(0, { items: 100 + 40 * report, seconds: 10 + 2 * report })]);
  }
  t.true(Math.abs((rows[0]?.rate ?? 0) - 20) < 0.1, "it follows the pace of late");
  // Started again, its counts begin anew.
  t.true(Math.abs((mergeWorkers(rows, [worker(0)])[0]?.rate ?? 0) - 20) < 0.1);
  t.is(mergeWorkers([], [worker(0)])[0]?.rate, undefined);
});

test("selectWorkers() filters and sorts; by status, workers with problems come first", (t) => {
  const rows = mergeWorkers(
    [],
    [
      worker(0, { items: 5 }),
      worker(1, { status: "failed" }),
      worker(2, { items: 9 }),
      worker(3, { status: "stalled" }),
    ],
  );
  const by = (column: "status" | "items", descending: boolean, status: WorkerStatus | "" = "") =>
    numbers(selectWorkers(rows, { status, order: { column, descending } }));
  t.deepEqual(by("status", false), [1, 3, 0, 2]);
  t.deepEqual(by("items", true), [2, 0, 1, 3]);
  t.deepEqual(by("items", true, "running"), [2, 0]);
});
