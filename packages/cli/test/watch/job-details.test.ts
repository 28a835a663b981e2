import { MillraceClient } from "@millrace/client";
import test, { type ExecutionContext } from "ava";
import { JobDetailsReader } from "../../src/watch/job-details.ts";
import { type Answers, fakeService, TOKEN } from "../harness.ts";
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

function groups(isComplete: boolean, ...items: number[]) {
  const error = { code: "predictor_error", message: "bad", attempts: 1 };
  const example = { index: 1, id: null, error, payload: null, attempts: [] };
  return {
    groups: items.map((count) => ({ code: error.code, type: null, message: "bad", items: count, example })),
    items: items.reduce((sum, count) => sum + count, 0),
    is_complete: isComplete,
  };
}

const FAILING = event("running", { total: 100, succeeded: 10, failed: 3 });

test("JobDetailsReader returns failures as the service groups them, and whether that is all", async (t) => {
  const { details, change } = await reader(t, {
    "GET /sum/J1": jobStatus("running"),
    "GET /sum/J1/failures/groups": groups(false, 2, 1),
  });
  details.look(FAILING);
  await change();
  t.deepEqual(
    details.current.failures.map(({ items }) => items),
    [2, 1],
  );
  t.true(details.current.isCut);
  t.true((details.current.startedAtMs ?? 0) < 0);
});

test("JobDetailsReader asks when something is new, but not again at once", async (t) => {
  const { details, url, seen, clock, change } = await reader(t, {
    "GET /sum/J1": jobStatus("running"),
    "GET /sum/J1/failures/groups": groups(true, 1),
  });
  details.look(FAILING);
  details.look(FAILING);
  await change();
  await new Promise(setImmediate);
  const asked = () => seen.map(({ url }) => url);
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures/groups"]);
  clock.nowMs = 1_000;
  details.look(event("running", { total: 100, succeeded: 10, failed: 5 }));
  // Answered after whatever was asked before it.
  await fetch(`${url}/later`);
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures/groups", "/later"]);
  seen.pop();
  clock.nowMs = 60_000;
  details.look(FAILING);
  const more = event("running", { total: 100, succeeded: 10, failed: 4 });
  details.look(more);
  await change();
  t.deepEqual(asked(), ["/sum/J1", "/sum/J1/failures/groups", "/sum/J1/failures/groups"]);
});

test("JobDetailsReader.stop() cancels a request without a response", async (t) => {
  const { details } = await reader(t, { "GET /sum/J1": () => {} });
  details.look(FAILING);
  await t.notThrowsAsync(details.stop());
});
