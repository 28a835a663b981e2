import { MillraceClient } from "@millrace/client";
import test, { type ExecutionContext } from "ava";
import { JobDetailsReader } from "../../src/watch/job-details.ts";
import { type Answers, fakeService, lines, TIME, TOKEN } from "../harness.ts";
import { event, jobStatus } from "../views.ts";

async function reader(t: ExecutionContext, answers: Answers) {
  const { url, seen } = await fakeService(t, answers);
  const clock = { nowMs: 0 };
  let changed: () => void = () => {};
  const details = new JobDetailsReader(new MillraceClient({ url, token: TOKEN }), {
    job: { api: "sum", endpoint: "sum", jobId: "J1" },
    nowMs: () => clock.nowMs,
    signal: new AbortController().signal,
    onChange: () => changed(),
  });
  t.teardown(() => details.stop());
  const change = () =>
    new Promise<void>((resolve) => {
      changed = resolve;
    });
  return { details, url, seen, clock, change };
}

function failure(index: number, message: string, time = TIME) {
  const error = { code: "predictor_error", message, attempts: 1 };
  const attempt = { attempt: 1, worker: 0, time, code: error.code, type: null, message, traceback: null };
  return { index, id: null, error, payload: null, attempts: [attempt] };
}

const FAILING = event("running", { total: 100, succeeded: 10, failed: 3 });

test("JobDetailsReader groups failures by their error, the latest first", async (t) => {
  const { details, change } = await reader(t, {
    "GET /sum/J1": jobStatus("running"),
    "GET /sum/J1/failures": lines(
      failure(1, "bad", "2026-11-23T12:00:05.000Z"),
      failure(2, "empty"),
      failure(3, "bad"),
    ),
  });
  details.look(FAILING);
  await change();
  t.deepEqual(
    details.current.failures.map(({ count, last }) => [count, last.index]),
    [
      [2, 1],
      [1, 2],
    ],
  );
  t.false(details.current.isCut);
  t.true((details.current.startedAtMs ?? 0) < 0);
});

test("JobDetailsReader asks when there is something new, and not again at once", async (t) => {
  const { details, url, seen, clock, change } = await reader(t, {
    "GET /sum/J1": jobStatus("running"),
    "GET /sum/J1/failures": lines(failure(1, "bad")),
  });
  details.look(FAILING);
  details.look(FAILING);
  await change();
  await new Promise(setImmediate);
  const asked = () => seen.map(({ url }) => url);
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures"]);
  clock.nowMs = 1_000;
  details.look(event("running", { total: 100, succeeded: 10, failed: 5 }));
  // Answered after whatever was asked before it.
  await fetch(`${url}/later`);
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures", "/later"]);
  seen.pop();
  clock.nowMs = 60_000;
  details.look(FAILING);
  const more = event("running", { total: 100, succeeded: 10, failed: 4 });
  details.look(more);
  await change();
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures", "/sum/J1/failures"]);
});

test("JobDetailsReader reads no more than the first of very many failures, once", async (t) => {
  const rows = Array.from({ length: 600 }, (_, index) => failure(index, "bad"));
  const { details, seen, clock, change } = await reader(t, {
    "GET /sum/J1": jobStatus("running"),
    "GET /sum/J1/failures": lines(...rows),
  });
  details.look(FAILING);
  await change();
  t.true(details.current.isCut);
  t.is(details.current.failures[0]?.count, 500);
  await new Promise(setImmediate);
  clock.nowMs = 60_000;
  details.look(event("running", { total: 1_000, succeeded: 10, failed: 700 }));
  await details.stop();
  t.is(seen.length, 2);
});

test("JobDetailsReader.stop() ends a question that is not answered", async (t) => {
  const { details } = await reader(t, { "GET /sum/J1": () => {} });
  details.look(FAILING);
  await t.notThrowsAsync(details.stop());
});
