import { EMPTY_REPORT, type Job, type JobStatus, type Progress, type WorkerReport } from "@millrace/core";
import test from "ava";
import { reportView } from "../../src/views/report-view.ts";

const PROGRESS = {
  status: "running",
  succeededItems: 4,
  failedItems: 0,
  succeededBatches: 1,
  failedBatches: 0,
  predictMs: 10,
} as Progress;

function view(status: JobStatus, reports: readonly Partial<WorkerReport>[]) {
  const counts = { succeededItems: 0, failedItems: 0, restarts: 0, fruitlessRestarts: 0 };
  const records = reports.map((report, worker) => ({
    ...{ worker, status: "running" as const, ...counts },
    report: { ...EMPTY_REPORT, ...report },
  }));
  const job = { status, spec: { createdAtMs: 0 } } as Job;
  return reportView(job, { records, progress: PROGRESS });
}

test("reportView() says what limits the predictor's calls, over all workers", (t) => {
  const reports = [{ gpuBatchItems: 16 }, { retryLater: 5, callLimit: 4 }, {}];
  const { call_limits, advice } = view("running", reports);
  t.deepEqual(call_limits, { gpu_batch_items: 16, calls_at_once: 4, retry_later: 5 });
  t.regex(
    advice ?? "",
    /set batch_size to 16; slowed down by the predictor's back-pressure: .* only 4 calls at once/,
  );
});

test("reportView() says of a job that is over how often calls were put off, but not how many are in flight", (t) => {
  const { call_limits, advice } = view("succeeded", [{ retryLater: 5, callLimit: 4 }]);
  t.deepEqual(call_limits, { gpu_batch_items: null, calls_at_once: null, retry_later: 5 });
  t.is(advice, "slowed down by the predictor's back-pressure: RetryLater was raised 5 times");
});

test("reportView() says that nothing limits the calls where reports do not know of limits", (t) => {
  const none = { gpu_batch_items: null, calls_at_once: null, retry_later: 0 };
  for (const reports of [[], [{}]]) {
    const { call_limits, advice } = view("running", reports);
    t.deepEqual(call_limits, none);
    t.is(advice, null);
  }
});
