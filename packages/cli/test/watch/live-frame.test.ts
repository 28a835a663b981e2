import type { FailureGroup, FailureView, WorkerView } from "@millrace/core";
import test from "ava";
import type { JobDetails } from "../../src/watch/job-details.ts";
import { type LiveState, liveFrame } from "../../src/watch/live-frame.ts";
import { RateMeter } from "../../src/watch/rate-meter.ts";
import { fitLine } from "../../src/watch/styled-line.ts";
import { TIME } from "../harness.ts";
import { event } from "../views.ts";

const NONE: JobDetails = { startedAtMs: undefined, workers: [], failures: [], isCut: false };

function render(state: Partial<LiveState>, columns: number): readonly string[] {
  const meter = new RateMeter();
  meter.add(400, 0);
  meter.add(450, 5_000);
  const running = event("running", { total: 1_000, succeeded: 447, failed: 3 });
  const whole = { event: running, meter, details: NONE, isAway: false, nowMs: 6_000, ...state };
  return liveFrame(whole, columns).map((line) => fitLine(line, columns, (_style, text) => text).text);
}

function failure(index: number, message: string): FailureView {
  const attempt = {
    attempt: 3,
    worker: 0,
    time: TIME,
    code: "predictor_error",
    type: "ValueError",
    message,
    traceback: null,
  };
  const error = { code: "predictor_error", message, attempts: 3 };
  return { index, id: "a.png", error, payload: null, attempts: [attempt] };
}

function group(items: number, example: FailureView): FailureGroup {
  const { code, message } = example.error;
  return { code, type: "ValueError", message, items, example };
}

function worker(number: number, reason: string): WorkerView {
  return {
    worker: number,
    status: "pending",
    reason,
    succeeded_items: 0,
    failed_items: 0,
    restarts: 0,
    start_time: null,
    heartbeat_time: null,
    peak_memory_bytes: null,
    batch: null,
    failed_attempts: 0,
    gpus: null,
    time: null,
  };
}

const BUSY: JobDetails = {
  startedAtMs: -60_000,
  workers: [worker(1, "waiting for 1 GPU"), worker(2, "waiting for 1 GPU"), worker(3, "it can never start")],
  failures: [group(2, failure(9, "ValueError: bad\n\u001b[2Jpicture")), group(1, failure(4, "empty"))],
  isCut: false,
};

test("liveFrame() shows progress, speed, workers and failures in 100 columns", (t) => {
  t.deepEqual(render({ details: BUSY }, 100), [
    `running  [${"=".repeat(18)}${" ".repeat(22)}]  450/1,000 items  45%`,
    "10.0 items/s  ETA 55s  3 failed  1m 06s so far",
    "workers   2 running",
    "pending   2 workers: waiting for 1 GPU",
    "pending   worker 3: it can never start",
    'failures  2 items, first item 9 "a.png": ValueError: bad picture',
    '          item 4 "a.png": ValueError: empty',
  ]);
});

test("liveFrame() fits into 60 and 20 columns", (t) => {
  const lines = render({ details: BUSY }, 60);
  t.is(lines[0], `running  [${"=".repeat(12)}${" ".repeat(15)}]  450/1,000 items  45%`);
  t.is(lines[5], 'failures  2 items, first item 9 "a.png": ValueError: bad pi…');
  for (const columns of [60, 20]) {
    for (const line of render({ details: BUSY }, columns)) t.true([...line].length <= columns, line);
  }
});

test("liveFrame() says that nothing progresses, and that the service is gone", (t) => {
  const [, still] = render({ nowMs: 35_000 }, 100);
  t.true(still?.endsWith("3 failed  no item for 30s"), still);
  const [, speed, away] = render({ nowMs: 35_000, isAway: true }, 100);
  t.false(speed?.includes("no item"));
  t.is(away, "the service does not answer; trying again");
  t.deepEqual(render({ event: undefined }, 100), []);
});

test("liveFrame() says when only the first failures were counted", (t) => {
  const lines = render({ details: { ...BUSY, isCut: true } }, 100);
  t.true(lines.at(-1)?.includes("1+ items, first item 4"), lines.at(-1));
});

test("liveFrame() has no bar while the total is not known", (t) => {
  const [first] = render({ event: event("enqueuing", { total: null, succeeded: 0, failed: 0 }) }, 100);
  t.is(first, "enqueuing  0 items done, total not known yet");
});
