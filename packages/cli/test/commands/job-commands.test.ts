import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters, styleText } from "node:util";
import test from "ava";
import { events, fakeService, lines, millrace, problem, TIME, temporaryDirectory } from "../harness.ts";
import { API, JOB, jobStatus, summary } from "../views.ts";

const KNOWN = { "GET /apis/sum": { ...API, api_spec: {}, recent_jobs: [summary("running")] } };

test("jobs passes its filters on and prints a table", async (t) => {
  const { url, seen } = await fakeService(t, { "GET /jobs": { jobs: [summary("running")], cursor: "J0" } });
  const args = ["jobs", "--api", "sum", "--status", "running", "stopped", "--label", "a=b", "--limit", "5"];
  const ran = await millrace(args, { url });
  t.is(seen[0]?.url, "/jobs?api=sum&status=running&status=stopped&label=a%3Ab&limit=5");
  t.regex(ran.stdout, /^JOB +API +STATUS +DONE +TOTAL +FAILED +WORKERS +CREATED\nJ1 +sum +running/);
  t.regex(ran.stderr, /--cursor J0/);
  t.deepEqual((await millrace(["jobs", "-o", "json"], { url })).json(), {
    jobs: [summary("running")],
    cursor: "J0",
  });
});

test("logs prints lines of text or NDJSON, and follows with -f", async (t) => {
  const origin = { api: "sum", job_id: "J1" };
  const line = { time: TIME, level: "error", ...origin, worker: 1, batch: null, text: "boom" };
  const { url, seen } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/logs": (
      response: import("node:http").ServerResponse,
      request: { readonly url: string },
    ) => {
      const isFollow = request.url.includes("follow=true");
      const answer = isFollow
        ? events({ event: "log", data: line }, { event: "end", data: {} })
        : lines(line, { ...line, worker: null });
      return answer(response, request as never);
    },
  });
  t.is(
    (await millrace(["logs", "sum", "J1"], { url })).stdout,
    "12:00:00.000 worker 1    boom\n12:00:00.000 service     boom\n",
  );
  const json = await millrace(["logs", "sum", "J1", "-f", "--worker", "1", "-o", "json"], { url });
  t.deepEqual(json.json(), line);
  t.is(seen.at(-1)?.url, "/text/sum/J1/logs?worker=1&follow=true");
  const selection = [
    "--worker",
    "0,3",
    "--worker",
    "5",
    "--since",
    "2026-11-23T12:00:00+01:00",
    "--tail",
    "9",
  ];
  await millrace(["logs", "sum", "J1", ...selection], { url });
  t.is(
    seen.at(-1)?.url,
    "/text/sum/J1/logs?worker=0&worker=3&worker=5&since=2026-11-23T11%3A00%3A00.000Z&tail=9",
  );
  await millrace(["logs", "sum", "J1", "--since", "10m"], { url });
  const since = Date.parse(new URL(seen.at(-1)?.url ?? "", url).searchParams.get("since") ?? "");
  t.true(Math.abs(Date.now() - 600_000 - since) < 60_000);
  for (const bad of [
    ["--worker", "x"],
    ["--since", "soon"],
    ["--tail", "-1"],
  ]) {
    t.is((await millrace(["logs", "sum", "J1", ...bad], { url })).code, 2, bad.join(" "));
  }
});

test("logs -f resumes when the service comes back, and colours workers on a terminal only", async (t) => {
  const lineOf = (worker: number | null, level: string, text: string) => {
    return { time: TIME, level, api: "sum", job_id: "J1", worker, batch: null, text };
  };
  const log = (worker: number | null, data: object) =>
    `id: ${worker ?? "s"}:5\nevent: log\ndata: ${JSON.stringify(data)}\n\n`;
  let connections = 0;
  const { url, seen } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/logs": (response: import("node:http").ServerResponse) => {
      connections += 1;
      response.setHeader("content-type", "text/event-stream");
      if (connections % 2 === 1) {
        return response.end(log(null, lineOf(null, "info", "a")) + log(1, lineOf(1, "info", "b")));
      }
      response.end(`${log(12, lineOf(12, "error", "c"))}event: end\ndata: {}\n\n`);
    },
  });
  const follow = (options: Parameters<typeof millrace>[1]) =>
    millrace(["logs", "sum", "J1", "-f"], { url, ...options });
  const plain = "12:00:00.000 service     a\n12:00:00.000 worker 1    b\n12:00:00.000 worker 12   c\n";
  const piped = await follow({});
  t.is(piped.stdout, plain);
  t.regex(piped.stderr, /reconnecting/);
  t.is(seen.at(-1)?.headers["last-event-id"], "s:5,1:5");
  t.is((await follow({ isTerminal: true, env: { NO_COLOR: "1" } })).stdout, plain);
  const coloured = (await follow({ isTerminal: true })).stdout;
  t.is(stripVTControlCharacters(coloured), plain);
  t.true(coloured.includes(styleText("green", "worker 1   ", { validateStream: false })));
  t.true(coloured.includes(styleText("yellow", "worker 12  ", { validateStream: false })));
  t.true(coloured.includes(styleText("red", "c", { validateStream: false })));
});

test("results prints the rows unchanged, or writes them to a file as a whole", async (t) => {
  const dir = temporaryDirectory(t, { "out.ndjson": "old" });
  const rows = [
    { index: 0, id: null, output: "ä" },
    { index: 1, id: null, output: 2 },
  ];
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const { url } = await fakeService(t, { ...KNOWN, "GET /text/sum/J1/results": lines(...rows) });
  t.is((await millrace(["results", "sum", "J1"], { url })).stdout, text);
  t.is((await millrace(["results", "sum", "J1", "-o", "json"], { url })).stdout, text);
  const ran = await millrace(["results", "sum", "J1", "--output", "out.ndjson", "-o", "json"], {
    url,
    cwd: dir,
  });
  t.deepEqual(ran.json(), { file: join(dir, "out.ndjson"), rows: 2, bytes: Buffer.byteLength(text) });
  t.is(readFileSync(join(dir, "out.ndjson"), "utf8"), text);
});

test("results --output leaves the file unchanged when the connection breaks", async (t) => {
  const dir = temporaryDirectory(t, { "out.ndjson": "old" });
  const { url } = await fakeService(t, {
    ...KNOWN,
    "GET /text/sum/J1/results": (response: import("node:http").ServerResponse) => {
      response.write('{"index":0', () => response.destroy());
    },
  });
  const ran = await millrace(["results", "sum", "J1", "--output", "out.ndjson"], { url, cwd: dir });
  t.is(ran.code, 4);
  t.is(readFileSync(join(dir, "out.ndjson"), "utf8"), "old");
  t.deepEqual(readdirSync(dir), ["out.ndjson"]);
});

test("failures prints error, attempts, payload and, when asked, the traceback", async (t) => {
  const attempt = {
    attempt: 3,
    worker: 0,
    time: TIME,
    code: "predictor_error",
    type: "ValueError",
    message: "bad",
    traceback: "Traceback:\n  line 1\n",
  };
  const failure = {
    index: 7,
    id: "a.png",
    error: { code: "predictor_error", message: "bad", attempts: 3 },
    payload: { x: 1 },
    attempts: [attempt],
  };
  const { url } = await fakeService(t, { ...KNOWN, "GET /text/sum/J1/failures": lines(failure) });
  const ran = await millrace(["failures", "sum", "J1"], { url });
  t.is(ran.stdout, 'item 7 "a.png": predictor_error: bad (3 attempts)\n  payload: {"x":1}\n');
  t.regex(
    (await millrace(["failures", "sum", "J1", "--traceback"], { url })).stdout,
    /\n {4}Traceback:\n {6}line 1/,
  );
  t.deepEqual((await millrace(["failures", "sum", "J1", "-o", "json"], { url })).json(), failure);
});

test("failures of a job without any says how the job ended", async (t) => {
  const said = async (job: object) => {
    const answers = { ...KNOWN, "GET /text/sum/J1/failures": lines(), "GET /text/sum/J1": job };
    const { url } = await fakeService(t, answers);
    return (await millrace(["failures", "sum", "J1"], { url })).stderr.trim();
  };
  const running = jobStatus("running");
  const job_status = { ...running.job_status, end_time: null };
  t.is(await said({ ...running, job_status }), "no item failed so far");
  t.is(await said(jobStatus("succeeded")), "no item failed");
  const died = await said(jobStatus("worker_error"));
  t.regex(died, /^the job is worker_error: no model; none of its items .* see: millrace logs sum J1$/);
});

test("get shows that batches are parts of split ones", async (t) => {
  const status = jobStatus("worker_error");
  const job_status = { ...status.job_status, total_batch_count: 1 };
  const metrics = { ...status.metrics, succeeded: 54, failed: 10 };
  const { url } = await fakeService(t, { ...KNOWN, "GET /text/sum/J1": { ...status, job_status, metrics } });
  const { stdout } = await millrace(["get", "sum", "J1"], { url });
  t.regex(stdout, /batches: +54 succeeded, 10 failed, \d+ queued, split from 1/);
});

test("retry creates a new job", async (t) => {
  let isKnown = false;
  const { url, seen } = await fakeService(t, {
    ...KNOWN,
    "POST /text/sum/J1/retry": (response: import("node:http").ServerResponse) => {
      response.writeHead(isKnown ? 200 : 201, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...JOB, job_id: "J2" }));
    },
  });
  const ran = await millrace(["retry", "sum", "J1", "--idempotency-key", "k"], { url });
  t.is(ran.stdout, "retrying J1 as job J2\nwatch it: millrace get sum J2 --watch\n");
  t.is(seen.at(-1)?.headers["idempotency-key"], "k");
  isKnown = true;
  const again = await millrace(["retry", "sum", "J1", "--idempotency-key", "k"], { url });
  t.regex(again.stdout, /^retrying J1 as job J2, which this idempotency key made before\n/);
  t.deepEqual((await millrace(["retry", "sum", "J1", "-o", "json"], { url })).json(), {
    ...JOB,
    job_id: "J2",
  });
});

test("delete stops a job, deletes an API, and says conflict without --force", async (t) => {
  const { url, seen } = await fakeService(t, {
    ...KNOWN,
    "DELETE /text/sum/J1": { message: "stopped job J1" },
    "DELETE /apis/sum": (response: import("node:http").ServerResponse, request: { readonly url: string }) => {
      if (!request.url.includes("force"))
        return problem(response, 409, "conflict", "2 jobs are active, use force");
      response.end('{"message":"deleted sum"}');
    },
  });
  t.is((await millrace(["delete", "sum", "J1"], { url })).stdout, "stopped job J1\n");
  const refused = await millrace(["delete", "sum"], { url });
  t.deepEqual([refused.code, refused.stderr], [2, "error: 2 jobs are active, use force\n"]);
  t.deepEqual((await millrace(["delete", "sum", "--force", "-o", "json"], { url })).json(), {
    message: "deleted sum",
  });
  t.is(seen.at(-1)?.url, "/apis/sum?force=true");
});
