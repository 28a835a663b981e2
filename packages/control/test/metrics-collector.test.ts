import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Backend, type JobSpec, MillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { ulid } from "ulid";
import { Metrics } from "../src/metrics/metrics.ts";
import { items, startHarness } from "./helpers/harness.ts";
import { Scrape } from "./metrics-scrape.ts";

type Method = (...given: unknown[]) => unknown;
type Replace = (name: string, method: Method) => Method;

/** The backend with every method of its ledger and queue seen, or replaced, on its way. */
function intercepted(backend: Backend, replace: Replace): Backend {
  const wrap = (prefix: string, port: object): object =>
    Object.fromEntries(
      Object.entries(port).map(([name, member]) => {
        const path = `${prefix}.${name}`;
        if (typeof member === "function") return [name, replace(path, member.bind(port))];
        return [name, typeof member === "object" && member !== null ? wrap(path, member) : member];
      }),
    );
  return {
    ...backend,
    ledger: wrap("ledger", backend.ledger) as Backend["ledger"],
    queue: wrap("queue", backend.queue) as Backend["queue"],
  };
}

function counting(backend: Backend): { readonly backend: Backend; readonly calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const counted = intercepted(backend, (name, method) => (...given) => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return method(...given);
  });
  return { backend: counted, calls };
}

function metricsOf(backend: Backend): Metrics {
  return new Metrics({ backend, logger: silentLogger, now: Date.now });
}

/** Fills the index with copies of the one job that is over there. */
function addFinishedJobs(home: string, count: number): void {
  const index = new DatabaseSync(join(home, "index.db"));
  index.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO jobs (job_id, api_name, api_version, status, over, labels, spec, state)
     SELECT printf('%026d', i), api_name, api_version, status, over, labels, spec, state FROM jobs, n WHERE over = 1`,
  );
  index.close();
}

/** A job that is over; the service has stopped since, so that nobody looks after other jobs. */
async function finishedJob(t: ExecutionContext) {
  const harness = await startHarness(t);
  const { job_id } = await harness.submit(items(2));
  await harness.over(job_id);
  await harness.service.stop();
  return { ...harness, jobId: job_id };
}

/** With no service it stays as it is. */
async function enqueuingJob(backend: Backend, spec: JobSpec): Promise<string> {
  const jobId = ulid();
  await backend.ledger.jobs.create({ ...spec, jobId, createdAtMs: Date.now() });
  return jobId;
}

test("Metrics.render() reads no more from the ledger when 10,000 jobs are over", async (t) => {
  const { backend, home, jobId } = await finishedJob(t);
  const { spec } = await backend.ledger.jobs.get(jobId);
  const { backend: counted, calls } = counting(backend);
  const metrics = metricsOf(counted);
  await enqueuingJob(backend, spec);
  await metrics.render();
  calls.clear();
  await metrics.render();
  const few = new Map(calls);
  addFinishedJobs(home, 10_000);
  t.is((await backend.ledger.jobs.list({ statuses: ["succeeded"], limit: 1_000 })).length, 1_000);
  calls.clear();
  const startMs = performance.now();
  const text = await metrics.render();
  t.log(`${Math.round(performance.now() - startMs)} ms with 10,000 jobs that are over, 1 active`);
  t.deepEqual(calls, few);
  t.deepEqual(Object.fromEntries(calls), {
    "ledger.jobs.active": 1,
    "ledger.apis.list": 1,
    "ledger.batches.progress": 1,
    "ledger.workers.list": 1,
    "queue.counts": 1,
  });
  t.is(new Scrape(text).value("millrace_jobs", { api: "sum", status: "enqueuing" }), 1);
});

test("Metrics.render() reads the ledger once when it is called twice at the same time", async (t) => {
  const { backend } = await startHarness(t);
  const { backend: counted, calls } = counting(backend);
  const metrics = metricsOf(counted);
  const [one, two] = await Promise.all([metrics.render(), metrics.render()]);
  t.is(calls.get("ledger.jobs.active"), 1);
  t.is(new Scrape(one).value("millrace_collect_success"), 1);
  t.is(new Scrape(two).value("millrace_collect_success"), 1);
  await metrics.render();
  t.is(calls.get("ledger.jobs.active"), 2);
});

test("Metrics.render() respects the backend's minimum interval when reads cost money", async (t) => {
  const { backend } = await startHarness(t);
  const { backend: counted, calls } = counting(backend);
  const paid = { ...counted, pace: { ...backend.pace, progressAgeMs: 60_000 } };
  const metrics = metricsOf(paid);
  await metrics.render();
  await metrics.render();
  t.is(calls.get("ledger.jobs.active"), 1);
});

test("Metrics.render() still responds, and says so, when the ledger cannot be read", async (t) => {
  const { backend } = await startHarness(t);
  let broken = false;
  const failing = intercepted(backend, (name, method) => async (...given) => {
    if (broken && name === "ledger.jobs.active") throw new MillraceError("unavailable", "Cannot read");
    return method(...given);
  });
  const metrics = metricsOf(failing);
  metrics.request({ method: "GET", route: "/jobs", status: 200, seconds: 0.01 });
  t.is(new Scrape(await metrics.render()).value("millrace_collect_success"), 1);
  broken = true;
  const scrape = new Scrape(await metrics.render());
  t.is(scrape.value("millrace_collect_success"), 0);
  t.is(scrape.value("millrace_http_requests_total", { method: "GET", route: "/jobs", status: "200" }), 1);
  broken = false;
  t.is(new Scrape(await metrics.render()).value("millrace_collect_success"), 1);
});

test("Metrics.render() shows the other jobs when one cannot be read", async (t) => {
  const { backend, jobId } = await finishedJob(t);
  const { spec } = await backend.ledger.jobs.get(jobId);
  const broken = await enqueuingJob(backend, spec);
  await enqueuingJob(backend, spec);
  const failing = intercepted(backend, (name, method) => async (...given) => {
    const isBroken = name === "ledger.batches.progress" && given[0] === broken;
    if (isBroken) throw new MillraceError("state_corrupt", "Cannot read");
    return method(...given);
  });
  const scrape = new Scrape(await metricsOf(failing).render());
  t.is(scrape.value("millrace_jobs", { api: "sum", status: "enqueuing" }), 1);
  t.is(scrape.value("millrace_collect_errors_total"), 1);
  t.is(scrape.value("millrace_collect_success"), 1);
});

test("Metrics.render() counts an end once when an index still lists the job as active", async (t) => {
  const { backend, jobId } = await finishedJob(t);
  const lagging = intercepted(
    backend,
    (name, method) =>
      async (...given) =>
        name === "ledger.jobs.active" ? [jobId] : method(...given),
  );
  const metrics = new Metrics({ backend: lagging, logger: silentLogger, now: () => 0 });
  metrics.submitted(jobId);
  await metrics.render();
  const scrape = new Scrape(await metrics.render());
  t.is(scrape.value("millrace_jobs_ended_total", { api: "sum", status: "succeeded" }), 1);
  t.is(scrape.value("millrace_items_total", { api: "sum", result: "succeeded" }), 2);
});

test("Metrics.submitted() reads ended jobs when nobody scrapes", async (t) => {
  const { backend, jobId } = await finishedJob(t);
  const { backend: counted, calls } = counting(backend);
  const metrics = metricsOf(counted);
  for (let i = 0; i < 1_000; i++) metrics.submitted(`gone-${i}`);
  t.is(calls.size, 0);
  metrics.submitted(jobId);
  await metrics.stop();
  t.is(calls.get("ledger.jobs.active"), 1);
  t.is(calls.get("ledger.jobs.get"), 1_001);
});
