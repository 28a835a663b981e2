import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { FailureGroupsResponse, JobListResponse, JobView, Problem } from "@millrace/core";
import {
  FailureViewSchema,
  JobListResponseSchema,
  JobStatusResponseSchema,
  JobViewSchema,
} from "@millrace/core/schemas";
import test from "ava";
import { items, startHarness, TOKEN, until } from "./helpers/harness.ts";

test("submitJob() runs a job to its end and serves its results in input order", async (t) => {
  const { submit, over, call, status } = await startHarness(t);
  const job = await submit(items(25, { workers: 2, labels: { team: "a" } }));
  t.is(job.api_name, "sum");
  t.is(job.batch_size, 2);
  const { job_status, metrics, api_spec } = await over(job.job_id);
  t.notThrows(() => JobViewSchema.strict().parse(job));
  await t.notThrowsAsync(async () => JobStatusResponseSchema.strict().parse(await status(job.job_id)));
  await t.notThrowsAsync(async () =>
    JobListResponseSchema.strict().parse(await (await call("/jobs")).json()),
  );
  t.is(job_status.status, "succeeded");
  t.is(job_status.total_batch_count, 13);
  t.is(job_status.batches_in_queue, 0);
  t.deepEqual(metrics.items, { total: 25, succeeded: 25, failed: 0 });
  t.is(api_spec.name, "sum");
  const response = await call(`/sum/${job.job_id}/results`);
  t.is(response.headers.get("millrace-items-total"), "25");
  const rows = (await response.text()).trimEnd().split("\n");
  t.deepEqual(
    rows.map((row) => JSON.parse(row)),
    Array.from({ length: 25 }, (_, i) => ({ index: i, id: null, output: i })),
  );
});

test("submitJob() keeps integers beyond 2^53 as written", async (t) => {
  const { call, over, post } = await startHarness(t);
  const response = await post(
    "/sum",
    '{"workers":1,"item_list":{"items":[12345678901234567890,1.5],"batch_size":1}}',
  );
  const { job_id } = (await response.json()) as JobView;
  await over(job_id);
  const rows = await (await call(`/sum/${job_id}/results`)).text();
  t.is(rows, '{"index":0,"id":null,"output":12345678901234567890}\n{"index":1,"id":null,"output":1.5}\n');
});

test("submitJob() creates one job for 20 parallel posts with one idempotency key", async (t) => {
  const { post, call, over } = await startHarness(t);
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => post("/sum", items(3), { "idempotency-key": "k1" })),
  );
  const jobs = await Promise.all(responses.map((response) => response.json() as Promise<JobView>));
  t.is(new Set(jobs.map((job) => job.job_id)).size, 1);
  t.is(responses.filter((response) => response.status === 201).length, 1);
  t.true(responses[0]?.headers.get("location")?.endsWith(`/sum/${jobs[0]?.job_id}`));
  const other = await post("/sum", items(4), { "idempotency-key": "k1" });
  t.is(other.status, 409);
  t.is(((await other.json()) as Problem).code, "idempotency_conflict");
  const { jobs: listed } = (await (await call("/jobs")).json()) as JobListResponse;
  t.is(listed.length, 1);
  await over(jobs[0]?.job_id ?? "");
});

test("submitJob() creates a new job for a key whose job could not read its dataset", async (t) => {
  const { post, over, home } = await startHarness(t);
  const path = join(home, "nightly.ndjson");
  const submit = () =>
    post(
      "/sum",
      { workers: 1, delimited_files: { s3_paths: [path], batch_size: 1 } },
      { "idempotency-key": "nightly" },
    );
  const first = (await (await submit()).json()) as JobView;
  t.is((await over(first.job_id)).job_status.status, "enqueue_failed");
  await writeFile(path, "1\n");
  const again = await submit();
  t.is(again.status, 201);
  const second = (await again.json()) as JobView;
  t.not(second.job_id, first.job_id);
  t.is((await over(second.job_id)).job_status.status, "succeeded");
  t.is((await submit()).status, 200);
});

test("submitJob() refuses a submission whose API is deleted while it arrives, and leaves nothing behind", async (t) => {
  const { home, call, service } = await startHarness(t);
  const body = JSON.stringify(items(3));
  const request = net.connect({ host: "127.0.0.1", port: Number(new URL(service.url).port) });
  t.teardown(() => request.destroy());
  const head = `POST /sum HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
  request.write(head);
  const [proceed] = await once(request, "data");
  t.regex(String(proceed), /^HTTP\/1\.1 100 Continue/);
  t.is((await call("/apis/sum", { method: "DELETE" })).status, 200);
  request.write(body);
  const answer = (await text(request)).split("\r\n\r\n");
  t.regex(answer[0] ?? "", /^HTTP\/1\.1 404 /);
  t.regex(
    (JSON.parse(answer[1] ?? "") as Problem).detail,
    /"sum": it was deleted.*while the request arrived/,
  );
  const { jobs } = (await (await call("/jobs")).json()) as JobListResponse;
  t.deepEqual(jobs, []);
  const left = await readdir(join(home, "jobs")).catch(() => []);
  t.deepEqual(left, []);
});

test("retryJob() runs the failed items again, and failures show them", async (t) => {
  const { submit, over, call, post } = await startHarness(t);
  const job = await submit({
    workers: 1,
    item_list: { items: [1, "bad", 3, { custom_id: "x", bad: 1 }], batch_size: 1 },
  });
  const { job_status } = await over(job.job_id);
  t.is(job_status.status, "completed_with_failures");
  const lines = (await (await call(`/sum/${job.job_id}/failures`)).text()).trimEnd().split("\n");
  const failures = lines.map((line) => JSON.parse(line));
  t.deepEqual(
    failures.map((failure) => [failure.index, failure.payload]),
    [
      [1, "bad"],
      [3, { custom_id: "x", bad: 1 }],
    ],
  );
  t.notThrows(() => FailureViewSchema.strict().parse(failures[0]));
  t.is(failures[0].error.code, "predictor_error");
  t.is(failures[0].attempts[0].type, "ValueError");
  const response = await post(`/sum/${job.job_id}/retry`, "", { "idempotency-key": "again" });
  t.is(response.status, 201);
  const retry = (await response.json()) as JobView;
  t.is(retry.parent_job_id, job.job_id);
  t.is(retry.batch_size, null);
  const again = await post(`/sum/${job.job_id}/retry`, "", { "idempotency-key": "again" });
  t.is(again.status, 200);
  t.is(((await again.json()) as JobView).job_id, retry.job_id);
  const { metrics } = await over(retry.job_id);
  t.is(metrics.items.total, 2);
});

test("getFailureGroups() groups failed items by their errors, with a whole example", async (t) => {
  const { submit, over, call } = await startHarness(t);
  const job = await submit({
    workers: 1,
    item_list: { items: [1, "bad", 3, { bad: 1 }], batch_size: 1 },
  });
  await over(job.job_id);
  const response = await call(`/sum/${job.job_id}/failures/groups`);
  t.is(response.status, 200);
  const groups = (await response.json()) as FailureGroupsResponse;
  t.like(groups, { items: 2, is_complete: true });
  t.is(groups.groups.length, 1);
  t.like(groups.groups[0], { code: "predictor_error", type: "ValueError", items: 2 });
  t.like(groups.groups[0]?.example, { index: 1, payload: "bad" });
  t.is(groups.groups[0]?.example.attempts[0]?.type, "ValueError");
  const none = await submit(items(2));
  await over(none.job_id);
  const empty = await (await call(`/sum/${none.job_id}/failures/groups`)).json();
  t.deepEqual(empty, { groups: [], items: 0, is_complete: true });
});

test("retryJob() refuses an unfinished job, and one in which nothing failed", async (t) => {
  const { submit, over, post } = await startHarness(t);
  const held = await submit(items(1, { config: { mode: "hold" } }));
  const early = await post(`/sum/${held.job_id}/retry`, "");
  t.is(early.status, 409);
  t.regex(((await early.json()) as Problem).detail, /wait for it or stop it/);
  const job = await submit(items(1));
  await over(job.job_id);
  const response = await post(`/sum/${job.job_id}/retry`, "");
  t.is(response.status, 409);
  t.regex(((await response.json()) as Problem).detail, /nothing to retry/);
});

test("deleteJob() stops a job at once, ends its workers and serves what is done", async (t) => {
  const { submit, status, call, backend } = await startHarness(t);
  const job = await submit(items(4, { config: { mode: "hold" } }));
  await until(async () => (await backend.pool.describe(job.job_id))[0]?.state === "running");
  const response = await call(`/sum?jobID=${job.job_id}`, { method: "DELETE" });
  t.deepEqual(await response.json(), { message: `stopped job ${job.job_id}` });
  t.is((await status(job.job_id)).job_status.status, "stopped");
  await until(async () => (await status(job.job_id)).job_status.output !== null);
  t.deepEqual(
    (await backend.pool.describe(job.job_id)).filter((worker) => worker.state === "running"),
    [],
  );
  const again = await call(`/sum/${job.job_id}`, { method: "DELETE" });
  t.is(again.status, 409);
  t.regex(((await again.json()) as Problem).detail, /it is stopped/);
});

test("listJobs() pages newest first and filters by api, status and labels", async (t) => {
  const { submit, over, call } = await startHarness(t);
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { job_id } = await submit(items(1, { labels: { n: String(i % 2), all: "yes" } }));
    ids.unshift(job_id);
  }
  for (const id of ids) await over(id);
  const list = async (query: string) => (await (await call(`/jobs?${query}`)).json()) as JobListResponse;
  const first = await list("limit=3");
  t.deepEqual(
    first.jobs.map((job) => job.job_id),
    ids.slice(0, 3),
  );
  const second = await list(`limit=3&cursor=${first.cursor}`);
  t.deepEqual(
    second.jobs.map((job) => job.job_id),
    ids.slice(3),
  );
  t.is(second.cursor, null);
  t.is((await list("label=n:1&label=all:yes")).jobs.length, 2);
  t.is((await list("status=running,enqueuing")).jobs.length, 0);
  t.is((await list("api=other")).jobs.length, 0);
  t.is((await list("status=succeeded&api=sum")).jobs[0]?.items.succeeded, 1);
});
