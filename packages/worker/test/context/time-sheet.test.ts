import { EMPTY_REPORT, STEP_BUCKETS_MS } from "@millrace/core";
import test from "ava";
import { TimeSheet } from "../../src/context/time-sheet.ts";

const first = { before: undefined, dueAtMs: Number.POSITIVE_INFINITY, jobCreatedAtMs: 0 };

test("lap() assigns all of the worker's time to exactly one phase", (t) => {
  const sheet = new TimeSheet(first);
  sheet.lap("starting");
  sheet.lap("predicting");
  const beforeMs = performance.now();
  const { phasesMs } = sheet.report("idle");
  const afterMs = performance.now();
  const sum = Object.values(phasesMs).reduce((total, ms) => total + ms, 0);
  // Each of six phases is rounded.
  t.true(sum >= beforeMs - 3 && sum <= afterMs + 3, `${sum} ms`);
  t.true(phasesMs.starting > 0);
  t.is(phasesMs.waiting, 0);
});

test("the time until the process started counts as waiting", (t) => {
  const sheet = new TimeSheet({ ...first, dueAtMs: performance.timeOrigin - 5_000 });
  t.is(sheet.report("idle").phasesMs.waiting, 5_000);
});

test("report() continues the reports of the worker's earlier runs", (t) => {
  const before = {
    ...EMPTY_REPORT,
    failedAttempts: 2,
    gpuBatchItems: 8,
    callLimit: 2,
    retryLater: 7,
    phasesMs: { ...EMPTY_REPORT.phasesMs, predicting: 1_000 },
    items: { intervalMs: 1_000, counts: [3] },
  };
  const sheet = new TimeSheet({ ...first, before, jobCreatedAtMs: Date.now() });
  sheet.attemptFailed();
  sheet.finished(4);
  sheet.took("predict", 30);
  const report = sheet.report("idle", "000000000000-1");
  t.is(report.batch, "000000000000-1");
  t.is(report.failedAttempts, 3);
  t.is(report.gpuBatchItems, 8);
  t.is(report.retryLater, 7);
  t.false("callLimit" in report, "that was of calls in flight");
  t.is(report.phasesMs.predicting, 1_000);
  t.is(
    report.items.counts.reduce((sum, count) => sum + count, 0),
    7,
  );
  t.deepEqual(before.items.counts, [3], "what was read is left alone");
});

test("took() counts a step in the first bucket that covers it", (t) => {
  const sheet = new TimeSheet(first);
  for (const ms of [0.5, 1, 1.1, 400_000]) sheet.took("load", ms);
  const { counts, sumMs } = sheet.report("idle").steps.load;
  const expected = new Array(STEP_BUCKETS_MS.length + 1).fill(0);
  expected[0] = 2;
  expected[1] = 1;
  expected[STEP_BUCKETS_MS.length] = 1;
  t.deepEqual(counts, expected);
  t.is(sumMs, 400_003);
});
