import { EMPTY_REPORT } from "@millrace/core";
import test from "ava";
import { routerPath } from "../src/http/route-path.ts";
import { ROUTES } from "../src/routes/table.ts";
import { apiSpec, type Harness, items, startHarness, until } from "./helpers/harness.ts";
import { rawRequest } from "./helpers/raw-request.ts";
import { Scrape } from "./metrics-scrape.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const api = "sum";

async function scrape({ call }: Pick<Harness, "call">): Promise<Scrape> {
  const response = await call("/metrics");
  if (response.status !== 200) throw new Error(`scrape: ${response.status} ${await response.text()}`);
  return new Scrape(await response.text());
}

test("GET /metrics answers in the text format, and only with the token", async (t) => {
  const harness = await startHarness(t);
  t.is((await fetch(`${harness.service.url}/metrics`)).status, 401);
  const response = await harness.call("/metrics");
  t.is(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const { families, samples } = new Scrape(await response.text());
  for (const { name } of samples) {
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
    t.truthy(family?.type && family.help, name);
  }
  for (const [name, { type }] of families) {
    if (!name.startsWith("millrace_")) continue;
    t.is(name.endsWith("_total"), type === "counter", name);
  }
  t.true(families.has("process_resident_memory_bytes"));
});

test("GET /metrics counts a job that ran and ended between two scrapes, once", async (t) => {
  const harness = await startHarness(t);
  const before = await scrape(harness);
  t.is(before.value("millrace_items_total", { api, result: "succeeded" }), 0);
  t.is(before.value("millrace_jobs_ended_total", { api, status: "succeeded" }), 0);
  const good = await harness.submit(items(7));
  const mixed = await harness.submit({ workers: 1, item_list: { items: [1, 2, "bad", 4], batch_size: 2 } });
  for (const { job_id } of [good, mixed]) await harness.over(job_id);
  await scrape(harness);
  const after = await scrape(harness);
  t.is(after.value("millrace_jobs_submitted_total", { api }), 2);
  t.is(after.value("millrace_jobs_ended_total", { api, status: "succeeded" }), 1);
  t.is(after.value("millrace_jobs_ended_total", { api, status: "completed_with_failures" }), 1);
  t.is(after.value("millrace_jobs_ended_total", { api, status: "stopped" }), 0);
  t.is(after.value("millrace_items_total", { api, result: "succeeded" }), 9);
  t.is(after.value("millrace_items_total", { api, result: "failed" }), 2);
  t.is(after.value("millrace_batches_total", { api, result: "succeeded" }), 5);
  t.is(after.value("millrace_batches_total", { api, result: "failed" }), 1);
  // The fake worker says 2 ms for each batch.
  t.is(after.value("millrace_predict_seconds_total", { api })?.toFixed(6), "0.012000");
  t.is(after.value("millrace_job_duration_seconds_count", { api }), 2);
  t.is(after.value("millrace_jobs", { api, status: "running" }), undefined);
});

test("GET /metrics shows what a running job has, and drops it when the job is stopped", async (t) => {
  const harness = await startHarness(t);
  const { job_id } = await harness.submit(items(6, { config: { mode: "hold" }, workers: 2 }));
  const during = await until(async () => {
    const found = await scrape(harness);
    return found.value("millrace_workers", { api, status: "running" }) === 2 && found;
  });
  t.is(during.value("millrace_jobs", { api, status: "running" }), 1);
  t.is(during.value("millrace_batches_queued", { api }), 3);
  t.is(during.value("millrace_batches_leased", { api }), 0);
  t.is(during.value("millrace_items_remaining", { api }), 6);
  const silent = during.value("millrace_worker_heartbeat_age_seconds", { api }) ?? -1;
  t.true(silent >= 0 && silent < 60, String(silent));
  await harness.call(`/sum/${job_id}`, { method: "DELETE" });
  const after = await scrape(harness);
  t.is(after.value("millrace_jobs", { api, status: "running" }), undefined);
  t.is(after.value("millrace_workers", { api, status: "running" }), undefined);
  t.is(after.value("millrace_jobs_ended_total", { api, status: "stopped" }), 1);
});

test("GET /metrics adds what workers report, and counters never decrease", async (t) => {
  const harness = await startHarness(t);
  const { job_id } = await harness.submit(items(6, { config: { mode: "hold" }, workers: 2 }));
  const report = (predicting: number, failedAttempts: number) => ({
    ...EMPTY_REPORT,
    failedAttempts,
    ...(failedAttempts > 0 && { retryLater: failedAttempts * 2 }),
    phasesMs: { ...EMPTY_REPORT.phasesMs, predicting },
    steps: {
      ...EMPTY_REPORT.steps,
      predict: { counts: [failedAttempts, 0, 1, 0, 0, 0, 0, 0, 0, 1], sumMs: predicting },
    },
  });
  const { workers } = harness.backend.ledger;
  await workers.update(job_id, 0, { report: report(2_000, 3) });
  await workers.update(job_id, 1, { report: report(1_000, 1) });
  const look = async () => {
    const seen = await scrape(harness);
    const bucket = (le: string) =>
      seen.value("millrace_step_duration_seconds_bucket", { api, step: "predict", le });
    return {
      attempts: seen.value("millrace_failed_attempts_total", { api }),
      later: seen.value("millrace_retry_later_total", { api }),
      predicting: seen.value("millrace_worker_phase_seconds_total", { api, phase: "predicting" }),
      buckets: ["0.001", "0.005", "0.025", "300", "+Inf"].map(bucket),
      count: seen.value("millrace_step_duration_seconds_count", { api, step: "predict" }),
      sum: seen.value("millrace_step_duration_seconds_sum", { api, step: "predict" }),
    };
  };
  const expected = { attempts: 4, later: 8, predicting: 3, buckets: [4, 4, 6, 6, 8], count: 8, sum: 3 };
  t.deepEqual(await look(), expected);
  await workers.update(job_id, 1, { report: report(500, 0) });
  t.deepEqual(await look(), expected);
  await workers.update(job_id, 1, { report: report(4_000, 2) });
  t.like(await look(), { attempts: 5, later: 10, predicting: 6, count: 9, sum: 6 });
});

test("GET /metrics counts restarted workers", async (t) => {
  const harness = await startHarness(t);
  await harness.submit(items(2, { config: { mode: "crash" } }));
  const restarts = await until(async () => {
    return (await scrape(harness)).value("millrace_worker_restarts_total", { api }) || undefined;
  });
  t.true(restarts > 0);
});

test("GET /metrics counts only new work after a restart", async (t) => {
  const succeeded = async (harness: Harness) => (await harness.status(job_id)).metrics.items.succeeded;
  const first = await startHarness(t);
  // Far more than are done before it is stopped, however long the service takes to start again.
  const { job_id } = await first.submit(items(4_000, { config: { slowMs: 50 } }));
  await until(async () => (await succeeded(first)) >= 4);
  await first.leave();
  const second = await startHarness(t, { home: first.home });
  const before = await succeeded(second);
  await until(async () => (await succeeded(second)) > before + 4);
  await second.call(`/sum/${job_id}`, { method: "DELETE" });
  await second.over(job_id);
  const after = await scrape(second);
  t.is(after.value("millrace_jobs_submitted_total", { api }), 0);
  t.is(after.value("millrace_jobs_ended_total", { api, status: "stopped" }), 1);
  const counted = after.value("millrace_items_total", { api, result: "succeeded" }) ?? 0;
  t.true(counted > 0 && counted <= (await succeeded(second)) - 4, String(counted));
});

test("GET /metrics names requests by their route's pattern, never by what a client sent", async (t) => {
  const harness = await startHarness(t);
  const { call, service } = harness;
  for (const path of ["/jobs", "/jobs?limit=1", `/sum/${ID}`, `/other/${ID}`, `/sum/${ID}/results`]) {
    await call(path);
  }
  for (const path of ["/x/y/z/1", "/x/y/z/2", "/jobs/a/b", `/%ZZ`]) await call(path);
  await call("/jobs", { method: "PATCH" });
  await rawRequest(`${service.url}/jobs`, { method: "PROPFIND" });
  await fetch(`${service.url}/jobs`);
  const found = await scrape(harness);
  const allowed = new Set([...ROUTES.map(({ path }) => routerPath(path)), "none"]);
  for (const route of found.labelValues("route")) t.true(allowed.has(route), route);
  const count = (route: string, status: string, method = "GET") =>
    found.value("millrace_http_requests_total", { method, route, status });
  t.is(count("/jobs", "200"), 2);
  t.is(count("/:endpoint/:id", "404"), 2);
  t.is(count("/:endpoint/:id/results", "404"), 1);
  t.is(count("none", "401"), 1);
  t.is(count("none", "405", "other"), 2);
  t.is(count("none", "404"), 3);
  t.is(count("/:endpoint", "400"), 1);
  const duration = { method: "GET", route: "/jobs" };
  t.is(found.value("millrace_http_request_duration_seconds_count", duration), 2);
  t.is(found.value("millrace_http_request_duration_seconds_bucket", { ...duration, le: "+Inf" }), 2);
});

test("GET /metrics groups APIs beyond the hundredth", async (t) => {
  const harness = await startHarness(t);
  for (let i = 0; i < 200; i++) {
    const name = `api-${String(i).padStart(3, "0")}`;
    await harness.backend.ledger.apis.put({
      name,
      version: "0".repeat(16),
      spec: apiSpec(name),
      createdAtMs: 1,
    });
  }
  await scrape(harness);
  const posted = await harness.post("/api-190", items(4));
  const { job_id } = (await posted.json()) as { job_id: string };
  const ended = { api: "other", status: "succeeded" };
  const found = await until(async () => {
    const seen = await scrape(harness);
    return seen.value("millrace_jobs_ended_total", ended) === 1 && seen;
  });
  t.is(found.labelValues("api").size, 101);
  t.is(found.value("millrace_items_total", { api: "other", result: "succeeded" }), 4);
  t.false([...found.labelValues("api")].some((name) => name === "api-190"));
  t.false(found.samples.some(({ labels }) => Object.values(labels).includes(job_id)));
});
