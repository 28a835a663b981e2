import { setTimeout as delay } from "node:timers/promises";
import {
  EMPTY_REPORT,
  type JobEvent,
  type JobSummary,
  type JobsEvent,
  type LogLineView,
  type WorkersEvent,
} from "@millrace/core";
import test from "ava";
import { type Harness, items, startHarness, until } from "./helpers/harness.ts";

interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  if (!response.body) throw new Error("no body");
  for await (const chunk of response.body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

/** Commits rows as a worker would, without one. */
async function fill(
  { backend }: Harness,
  jobId: string,
  rows: { count: number; bytes: number },
): Promise<void> {
  const text = "x".repeat(rows.bytes);
  for (let first = 0; first < rows.count; first++) {
    const row = `{"index":${first},"id":null,"output":"${text}"}\n`;
    const batch = { first, count: 1, segments: [] };
    await backend.ledger.batches.commit(jobId, [
      { batch, rows: row, failedItems: 0, predictMs: 1, worker: 0 },
    ]);
  }
}

test("getJobEvents() sends progress on every change, then end, to each of several clients", async (t) => {
  const { submit, call } = await startHarness(t);
  const job = await submit(items(40, { config: { slowMs: 150 } }));
  const follow = async () => {
    const response = await call(`/sum/${job.job_id}/events`);
    t.is(response.headers.get("content-type"), "text/event-stream");
    const events: ServerEvent[] = [];
    for await (const event of eventsOf(response)) events.push(event);
    return events;
  };
  for (const events of await Promise.all([follow(), follow(), follow()])) {
    t.is(events.at(-1)?.event, "end");
    t.true(events.length >= 3);
    t.true(events.slice(0, -1).every(({ event }) => event === "progress"));
    const states = events.map(({ data }) => data as JobEvent);
    t.is(states.at(-1)?.status, "succeeded");
    t.deepEqual(states.at(-1), states.at(-2));
    t.is(states.at(-1)?.metrics.items.succeeded, 40);
    const texts = events.slice(0, -1).map(({ data }) => JSON.stringify(data));
    t.is(new Set(texts).size, texts.length);
  }
  const late: ServerEvent[] = [];
  for await (const event of eventsOf(await call(`/sum/${job.job_id}/events`))) late.push(event);
  t.deepEqual(
    late.map(({ event }) => event),
    ["progress", "end"],
  );
});

test("getJobEvents() sends all workers first, then those that changed, when it is asked for them", async (t) => {
  const { submit, call, backend } = await startHarness(t);
  const job = await submit(items(10, { workers: 2, config: { slowMs: 600_000 } }));
  // With an output already: advice is about jobs that get somewhere.
  await until(async () => (await backend.ledger.batches.progress(job.job_id)).succeededBatches > 0);
  const leave = new AbortController();
  const response = await call(`/sum/${job.job_id}/events?workers=true`, { signal: leave.signal });
  const sent: WorkersEvent[] = [];
  try {
    for await (const { event, data } of eventsOf(response)) {
      if (event !== "workers") continue;
      sent.push(data as WorkersEvent);
      const known = new Set(sent.flatMap(({ workers }) => workers.map(({ worker }) => worker)));
      if (known.size < 2) continue;
      const isReported = sent.at(-1)?.time !== null;
      if (isReported) break;
      const report = { ...EMPTY_REPORT, phasesMs: { ...EMPTY_REPORT.phasesMs, predicting: 5_000 } };
      await backend.ledger.workers.update(job.job_id, 1, { report });
    }
  } finally {
    leave.abort();
  }
  const last = sent.at(-1);
  t.is(last?.workers.find(({ worker }) => worker === 1)?.time?.predicting, 5);
  t.is(last?.time?.predicting, 5);
  t.regex(last?.advice ?? "", /went into predict/);
});

test("getJobsEvents() sends new and changed jobs, filtered like a list", async (t) => {
  const { submit, call, over } = await startHarness(t);
  const before = await submit(items(1));
  await over(before.job_id);
  const leave = new AbortController();
  const open = { signal: leave.signal };
  const streams = [await call("/jobs/events", open), await call("/jobs/events?label=team:b", open)];
  const first = await submit(items(2, { labels: { team: "a" } }));
  const second = await submit(items(2, { labels: { team: "b" } }));
  const [all, chosen] = await Promise.all(
    streams.map(async (response) => {
      const jobs: JobSummary[] = [];
      for await (const { data } of eventsOf(response)) {
        jobs.push(...(data as JobsEvent).jobs);
        const isOver = jobs.some(({ job_id, status }) => job_id === second.job_id && status === "succeeded");
        if (isOver) break;
      }
      return jobs;
    }),
  );
  leave.abort();
  t.true(all?.some(({ job_id }) => job_id === first.job_id));
  t.false(all?.some(({ job_id }) => job_id === before.job_id));
  t.deepEqual([...new Set(chosen?.map(({ job_id }) => job_id))], [second.job_id]);
  t.is((await call("/jobs/events?status=nonsense")).status, 400);
});

test("getJobLogs() returns lines of all workers or one, and follows until the job is over", async (t) => {
  const { submit, call, over } = await startHarness(t);
  const job = await submit(items(30, { workers: 2, config: { slowMs: 150 } }));
  const followed: ServerEvent[] = [];
  for await (const event of eventsOf(await call(`/sum/${job.job_id}/logs?follow=true`))) followed.push(event);
  t.is(followed.at(-1)?.event, "end");
  const texts = followed.slice(0, -1).map(({ data }) => (data as LogLineView).text);
  t.true(texts.includes("hello from 0") && texts.includes("hello from 1"));
  await over(job.job_id);
  const read = async (query: string) =>
    (await (await call(`/sum/${job.job_id}/logs${query}`)).text())
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLineView);
  t.deepEqual(
    (await read("?worker=1")).map((line) => [line.worker, line.text]),
    [[1, "hello from 1"]],
  );
  t.regex(
    (await read("")).find((line) => line.worker === null)?.text ?? "",
    /Enqueued 30 items in 15 batches from 1 object/,
  );
});

test("getJobResults() streams to a slow reader, and returns the rows so far while the job runs", async (t) => {
  const harness = await startHarness(t);
  const { submit, call, backend } = harness;
  const job = await submit(items(1_000, { config: { mode: "hold" } }));
  await until(async () => (await backend.ledger.jobs.get(job.job_id)).status === "running");
  await fill(harness, job.job_id, { count: 400, bytes: 50_000 });
  const response = await call(`/sum/${job.job_id}/results`);
  t.is(response.headers.get("millrace-job-status"), "running");
  t.is(response.headers.get("millrace-items-succeeded"), "400");
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length < 2_000_000) await delay(5);
  }
  const indexes = text
    .trimEnd()
    .split("\n")
    .map((row) => (JSON.parse(row) as { index: number }).index);
  t.deepEqual(
    indexes,
    Array.from({ length: 400 }, (_, i) => i),
  );
});

test("getJobResults() stops reading when the client disconnects, and answers HEAD with headers only", async (t) => {
  const harness = await startHarness(t);
  const { submit, call, backend } = harness;
  const job = await submit(items(1_000, { config: { mode: "hold" } }));
  await until(async () => (await backend.ledger.jobs.get(job.job_id)).status === "running");
  await fill(harness, job.job_id, { count: 200, bytes: 50_000 });
  let open = 0;
  let yielded = 0;
  const { results } = backend.ledger.batches;
  const counted: typeof results = async function* (...args) {
    open += 1;
    try {
      for await (const block of results.apply(backend.ledger.batches, args)) {
        yielded += 1;
        yield block;
      }
    } finally {
      open -= 1;
    }
  };
  Object.assign(backend.ledger.batches, { results: counted });
  const head = await call(`/sum/${job.job_id}/results`, { method: "HEAD" });
  t.is(head.headers.get("millrace-items-succeeded"), "200");
  t.is(yielded, 0);
  const abort = new AbortController();
  const response = await call(`/sum/${job.job_id}/results`, { signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  t.is(open, 1);
  abort.abort();
  await until(async () => open === 0);
  t.true(yielded < 200, `${yielded} blocks were read for a client that took one chunk`);
});

test("dry runs list what a job would read and start nothing", async (t) => {
  const { post, call, home } = await startHarness(t);
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(`${home}/in/deep`, { recursive: true });
  for (const name of ["a.jpg", "b.png", "deep/c.jpg"]) await writeFile(`${home}/in/${name}`, "1\n");
  const listed = await post("/sum?dryRun=true", {
    workers: 1,
    file_path_lister: { s3_paths: [`${home}/in/`], includes: ["**.jpg"], batch_size: 1 },
  });
  t.is(await listed.text(), `${home}/in/a.jpg\n${home}/in/deep/c.jpg\nvalidations passed\n`);
  t.regex(listed.headers.get("content-type") ?? "", /^text\/plain/);
  t.is(await (await post("/sum?dryRun=true", items(3))).text(), "validations passed\n");
  t.deepEqual(await (await call("/jobs")).json(), { jobs: [], cursor: null });
});
