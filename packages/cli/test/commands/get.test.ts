import test from "ava";
import { events, fakeService, millrace, TIME } from "../harness.ts";
import { API, event, jobStatus, summary } from "../views.ts";

const KNOWN = { "GET /apis/sum": { ...API, api_spec: {}, recent_jobs: [summary("running")] } };

test("get lists the APIs", async (t) => {
  const { url } = await fakeService(t, { "GET /apis": { apis: [API, { ...API, name: "longer-name" }] } });
  const text = await millrace(["get"], { url });
  t.is(text.code, 0);
  const [head, first, second] = text.stdout.split("\n");
  t.regex(head ?? "", /^API {10}PREDICTOR/);
  t.is(head?.indexOf("VERSION"), first?.indexOf(API.api_id));
  t.is(first?.indexOf(API.api_id), second?.indexOf(API.api_id));
  t.deepEqual((await millrace(["get", "-o", "json"], { url })).json(), {
    apis: [API, { ...API, name: "longer-name" }],
  });
});

test("get says how to deploy when there is no API", async (t) => {
  const { url } = await fakeService(t, { "GET /apis": { apis: [] } });
  t.is((await millrace(["get"], { url })).stdout, "no APIs; deploy one with: millrace deploy\n");
});

test("get shows one API with its jobs, and one job with its workers", async (t) => {
  const { url } = await fakeService(t, { ...KNOWN, "GET /text/sum/J1": jobStatus("succeeded") });
  const api = await millrace(["get", "sum"], { url });
  t.regex(api.stdout, /endpoint: +http.*text\/sum/);
  t.regex(api.stdout, /J1 +sum +running +12,005 +12,345 +5 +2 +2026-11-23 12:00:00Z/);
  const job = await millrace(["get", "sum", "J1"], { url });
  t.is(job.code, 0);
  t.regex(job.stdout, /items: +100 succeeded, 0 failed, 100 in total/);
  t.regex(job.stdout, / +0 +succeeded +100 +0 +0 +1\.5 MiB/);
  t.deepEqual(
    (await millrace(["get", "sum", "J1", "--format", "json"], { url })).json(),
    jobStatus("succeeded"),
  );
});

test("get shows how long a running job will take, where the time went and what would help", async (t) => {
  const { job_status, ...rest } = jobStatus("running");
  const time = {
    waiting: 0,
    starting: 15,
    loading: 0.5,
    preprocessing: 5,
    predicting: 75,
    postprocessing: 0,
    writing: 0,
    idle: 4.5,
  };
  const delivery = { event: "running", last_time: TIME, next_time: TIME, answer_status: 500 } as const;
  const status = {
    ...rest,
    job_status: {
      ...job_status,
      time,
      advice: "80 % went into predict",
      remaining: { seconds: 12, low_seconds: 9.1, high_seconds: 17 },
      webhook_deliveries: [{ ...delivery, state: "pending", attempts: 2, error: "it answered HTTP 500" }],
    },
  };
  const { url } = await fakeService(t, { ...KNOWN, "GET /text/sum/J1": status });
  const { stdout } = await millrace(["get", "sum", "J1"], { url });
  t.regex(stdout, /time left: +12s \(9\.1s to 17s\)/);
  t.regex(stdout, /time spent: +75% predicting, 15% starting, 5% preprocessing, 4% idle\n/);
  t.regex(stdout, /advice: +80 % went into predict/);
  t.regex(stdout, /webhook: +running: pending after 2 tries \(it answered HTTP 500\)/);
});

test("get uses the API's name as its endpoint when the API was deleted", async (t) => {
  const { url } = await fakeService(t, { "GET /sum/J1": jobStatus("succeeded") });
  t.is((await millrace(["get", "sum", "J1"], { url })).code, 0);
  const other = await millrace(["get", "sum", "J2"], { url });
  t.is(other.code, 2);
  t.regex(other.stderr, /^error: Cannot find \/sum\/J2\n.*millrace jobs/);
});

for (const [status, failed, code] of [
  ["succeeded", 0, 0],
  ["completed_with_failures", 3, 3],
  ["worker_error", 1, 1],
  ["stopped", 0, 1],
  ["timed_out", 0, 1],
] as const) {
  test(`get --watch exits with ${code} when the job ends ${status}`, async (t) => {
    const { url } = await fakeService(t, {
      ...KNOWN,
      "GET /text/sum/J1/events": events(
        { event: "progress", data: event("running", { total: 100, succeeded: 10, failed: 0 }) },
        { event: "end", data: event(status, { total: 100, succeeded: 100 - failed, failed }) },
      ),
      "GET /text/sum/J1": jobStatus(status, failed),
    });
    const ran = await millrace(["get", "sum", "J1", "--watch"], { url });
    t.is(ran.code, code);
    t.regex(ran.stderr, /running {2}10\/100 items {2}10%/);
    const end = new RegExp(
      `^job J1 ${status}: ${100 - failed} of 100 items succeeded, ${failed} failed in 10s \\(10.0 items/s\\)`,
    );
    t.regex(ran.stdout, end);
    t.is(ran.stdout.includes("failures: millrace failures sum J1"), failed > 0);
    t.is(ran.stdout.includes("retry: millrace retry sum J1"), failed > 0 || code === 1);
    t.is(/reason: no model/.test(ran.stdout), status === "worker_error");
    const json = await millrace(["get", "sum", "J1", "--watch", "-o", "json"], { url });
    t.deepEqual(json.json(), jobStatus(status, failed));
    t.is(json.code, code);
  });
}

test("get --watch reconnects when the stream breaks, as when the service restarts", async (t) => {
  let connections = 0;
  const { url } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/events": (response: import("node:http").ServerResponse, request: never) => {
      connections++;
      const running = { event: "progress", data: event("running", { total: 2, succeeded: 1, failed: 0 }) };
      if (connections === 1) return response.destroy();
      if (connections === 2) return events(running)(response, request);
      return events({ event: "end", data: event("succeeded", { total: 2, succeeded: 2, failed: 0 }) })(
        response,
        request,
      );
    },
    "GET /text/sum/J1": jobStatus("succeeded"),
  });
  t.is((await millrace(["get", "sum", "J1", "--watch"], { url })).code, 0);
  t.is(connections, 3);
});

test("get --watch leaves the job running at Ctrl-C and says so", async (t) => {
  const controller = new AbortController();
  const { url, seen } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/events": (response: import("node:http").ServerResponse) => {
      response.setHeader("content-type", "text/event-stream");
      response.write(": open\n\n", () => controller.abort());
    },
  });
  const ran = await millrace(["get", "sum", "J1", "--watch"], { url, signal: controller.signal });
  t.is(ran.code, 130);
  t.regex(
    ran.stderr,
    /^stopped watching; job J1 keeps running\n.*millrace get sum J1 --watch.*millrace delete sum J1/,
  );
  t.false(seen.some(({ method }) => method === "DELETE"));
});

test("get --watch draws a live view on a terminal, and restores the terminal", async (t) => {
  const { url } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/events": events(
      { event: "progress", data: event("running", { total: 100, succeeded: 50, failed: 0 }) },
      { event: "end", data: event("succeeded", { total: 100, succeeded: 100, failed: 0 }) },
    ),
    "GET /text/sum/J1": jobStatus("succeeded"),
  });
  const ran = await millrace(["get", "sum", "J1", "--watch"], {
    url,
    isTerminal: true,
    env: { NO_COLOR: "" },
  });
  t.true(ran.stdout.includes("\u001b[32msucceeded\u001b[39m"));
  t.true(ran.stderr.includes(`[${"=".repeat(20)}${" ".repeat(20)}]  50/100 items  50%`));
  t.true(ran.stderr.includes("2 running"));
  // The cursor is hidden while it is drawn, and the last thing is that all of it is taken away.
  t.regex(ran.stderr.replaceAll("\u001b", "ESC"), /ESC\[\d+AESC\[J$/);
  t.is(ran.stderr.split("\u001b[?25l").length, ran.stderr.split("\u001b[?25h").length);
  const plain = await millrace(["get", "sum", "J1"], { url, isTerminal: true, env: { NO_COLOR: "1" } });
  t.false(plain.stdout.includes("\u001b"));
});

test("get --watch writes plain lines on a terminal that cannot move its cursor", async (t) => {
  const { url } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/events": events({
      event: "end",
      data: event("succeeded", { total: 100, succeeded: 100, failed: 0 }),
    }),
    "GET /text/sum/J1": jobStatus("succeeded"),
  });
  const env = { TERM: "dumb" };
  const ran = await millrace(["get", "sum", "J1", "--watch"], { url, isTerminal: true, env });
  t.is(ran.stderr, "succeeded  100/100 items  100%\n");
});
