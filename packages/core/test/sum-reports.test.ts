import test from "ava";
import { sumReports } from "../src/sum-reports.ts";
import { EMPTY_REPORT, type WorkerReport } from "../src/worker-report.ts";

function report(fields: Partial<WorkerReport>): WorkerReport {
  return { ...EMPTY_REPORT, ...fields };
}

test("sumReports() adds counts and times, and leaves out the batch", (t) => {
  const phasesMs = { ...EMPTY_REPORT.phasesMs, predicting: 5 };
  const sum = sumReports([
    report({ batch: "000000000000-1", failedAttempts: 1, phasesMs }),
    report({ failedAttempts: 2, phasesMs }),
  ]);
  t.deepEqual(sum, { ...EMPTY_REPORT, failedAttempts: 3, phasesMs: { ...phasesMs, predicting: 10 } });
});

test("sumReports() gives the smallest batch that a worker's GPU takes, and none if all took everything", (t) => {
  const reports = [report({ gpuBatchItems: 16 }), report({}), report({ gpuBatchItems: 8 })];
  t.is(sumReports(reports).gpuBatchItems, 8);
  t.false("gpuBatchItems" in sumReports([report({}), report({})]));
  t.false("gpuBatchItems" in sumReports([]));
});

test("sumReports() adds how often calls were put off, and gives the lowest limit of calls in flight", (t) => {
  const reports = [
    report({ retryLater: 3, callLimit: 4 }),
    report({ retryLater: 2, callLimit: 9 }),
    report({}),
  ];
  t.like(sumReports(reports), { retryLater: 5, callLimit: 4 });
  const none = sumReports([report({})]);
  t.false("retryLater" in none || "callLimit" in none, "as in reports of older versions");
});
