import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import { type JobView, type ServiceFile, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { takeToken } from "../src/startup/token-file.ts";
import { apiSpec, temporaryDirectory, until } from "./helpers/harness.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  readonly exit: Promise<unknown[]>;
}

function spawnMain(
  t: ExecutionContext,
  home: string,
  environment: Record<string, string> = {},
): ChildProcess {
  const env = {
    ...process.env,
    MILLRACE_HOME: home,
    MILLRACE_PORT: "0",
    MILLRACE_LOG_LEVEL: "error",
    ...environment,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  return child;
}

async function start(
  t: ExecutionContext,
  home: string,
  environment?: Record<string, string>,
): Promise<Running> {
  const child = spawnMain(t, home, environment);
  const exit = once(child, "exit");
  if (!child.stdout) throw new Error("no stdout");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const url = /^Millrace is listening on (http:\/\/\S+)$/.exec(line)?.[1] ?? "";
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  const call: Running["call"] = (path, init = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { child, url, call, exit };
}

async function refused(t: ExecutionContext, home: string, environment?: Record<string, string>) {
  const child = spawnMain(t, home, environment);
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: code as number, stderr };
}

test("main() writes token and service file, and stops gracefully with an open event stream", async (t) => {
  const home = await temporaryDirectory(t);
  // Far longer than a test may take: it ends by itself, not by the deadline.
  const { child, url, call, exit } = await start(t, home, { MILLRACE_STOP_SECONDS: "3600" });
  t.is((await stat(join(home, "token"))).mode & 0o777, 0o600);
  const file = JSON.parse(await readFile(join(home, "service.json"), "utf8")) as ServiceFile;
  t.is(file.url, url);
  t.is(file.pid, child.pid ?? 0);
  t.is((await fetch(`${url}/readyz`)).status, 200);
  const job = await submitHeld(home, call);
  const stream = await call(`/sum/${job.job_id}/events`);
  const logs = await call(`/sum/${job.job_id}/logs?follow=true`);
  child.kill("SIGTERM");
  await Promise.all([stream.text(), logs.text()]);
  t.deepEqual(await exit, [0, null]);
  await t.throwsAsync(stat(join(home, "service.json")));
  const again = await start(t, home);
  t.is((await again.call("/jobs")).status, 200, "the token is kept");
});

/** A job that stays in the queue: the version was never prepared, so its workers only die. */
async function submitHeld(
  home: string,
  call: Running["call"],
  body: object = { item_list: { items: [1], batch_size: 1 } },
) {
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger });
  await backend.ledger.apis.put({
    name: "sum",
    version: "0123456789abcdef",
    spec: apiSpec("sum"),
    createdAtMs: 1,
  });
  await backend.ledger.close();
  const response = await call("/sum", { method: "POST", body: JSON.stringify({ workers: 1, ...body }) });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as JobView;
}

test("main() refuses a port in use, a home in use and bad settings, and says what to do", async (t) => {
  const home = await temporaryDirectory(t);
  const { url } = await start(t, home);
  const port = new URL(url).port;
  const second = await refused(t, home);
  t.is(second.code, 75);
  t.regex(second.stderr, /^millrace: Cannot use home directory .*process \d+ at http.* is using it/);
  const taken = await refused(t, await temporaryDirectory(t), { MILLRACE_PORT: port });
  t.is(taken.code, 75);
  t.regex(
    taken.stderr,
    new RegExp(`^millrace: Cannot listen on port ${port}: it is in use.*MILLRACE_PORT or --port`),
  );
  for (const [name, value] of [
    ["MILLRACE_PORT", "http"],
    ["MILLRACE_PORT", "70000"],
    ["MILLRACE_LOG_LEVEL", "loud"],
    ["MILLRACE_HOST", "http://x"],
    ["MILLRACE_PUBLIC_URL", "https://x.example/path"],
  ] as const) {
    const bad = await refused(t, home, { [name]: value });
    t.is(bad.code, 78);
    t.regex(
      bad.stderr,
      new RegExp(`^millrace: Cannot use ${name} "${value.replaceAll(".", "\\.")}": expected`),
    );
    t.is(bad.stderr.trimEnd().split("\n").length, 1);
  }
});

test("main() uses a given token, stores it nowhere, and refuses a short one without showing it", async (t) => {
  const home = await temporaryDirectory(t);
  const token = "t".repeat(64);
  const child = spawnMain(t, home, { MILLRACE_SERVICE_TOKEN: token });
  if (!child.stdout) throw new Error("no stdout");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const url = /(http:\/\/\S+)$/.exec(line)?.[1] ?? "";
  const statusWith = async (given: string) =>
    (await fetch(`${url}/jobs`, { headers: { authorization: `Bearer ${given}` } })).status;
  t.is(await statusWith(token), 200);
  t.is(await statusWith("u".repeat(64)), 401);
  await t.throwsAsync(stat(join(home, "token")), { code: "ENOENT" });
  const bad = await refused(t, await temporaryDirectory(t), { MILLRACE_SERVICE_TOKEN: "secret-but-short" });
  t.is(bad.code, 78);
  t.regex(bad.stderr, /^millrace: Cannot use MILLRACE_SERVICE_TOKEN: expected at least 32/);
  t.notRegex(bad.stderr, /secret-but-short/);
});

test("takeToken() leaves nothing for the processes that the service starts", (t) => {
  const environment: Record<string, string | undefined> = {
    MILLRACE_SERVICE_TOKEN: "t".repeat(32),
    MILLRACE_TOKEN: "of-a-cluster",
    PATH: "/bin",
  };
  t.is(takeToken(environment), "t".repeat(32));
  t.deepEqual(environment, { PATH: "/bin" });
  t.is(takeToken(environment), undefined);
});

test("a service killed while enqueuing resumes and queues every batch exactly once", async (t) => {
  const count = 300_000;
  const home = await temporaryDirectory(t);
  const input = join(home, "numbers.ndjson");
  await writeFile(input, Array.from({ length: count }, (_, i) => `${i}\n`).join(""));
  let service = await start(t, home);
  const job = await submitHeld(home, service.call, { delimited_files: { s3_paths: [input], batch_size: 1 } });
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger });
  t.teardown(() => backend.ledger.close());
  const placed = async () =>
    ((await backend.ledger.batches.checkpoint(job.job_id)) as { batches?: number } | null)?.batches ?? 0;
  for (let kills = 0; kills < 3; kills++) {
    const before = await placed();
    await until(async () => (await placed()) > before);
    service.child.kill("SIGKILL");
    await service.exit;
    t.is((await backend.ledger.jobs.get(job.job_id)).status, "enqueuing");
    service = await start(t, home);
  }
  const { totalItems, totalBatches } = await until(async () => {
    const found = await backend.ledger.jobs.get(job.job_id);
    return found.totalItems !== undefined && found;
  });
  t.is(totalItems, count);
  t.is(totalBatches, count);
  let next = 0;
  for await (const batch of backend.ledger.batches.unfinished(job.job_id)) {
    if (batch.first !== next || batch.count !== 1) t.fail(`batch ${batch.first} where ${next} was due`);
    next += 1;
  }
  t.is(next, count);
});

test("every line of the service's log starts with the keys of a job's log", async (t) => {
  const home = await temporaryDirectory(t);
  const { child, call, exit } = await start(t, home, { MILLRACE_LOG_LEVEL: "info" });
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  await call("/jobs");
  await call("/nothing/here");
  await until(async () => stderr.includes("/nothing/here"));
  child.kill("SIGTERM");
  await exit;
  const lines = stderr.trimEnd().split("\n");
  t.true(lines.length >= 2);
  for (const line of lines) {
    const keys = Object.keys(JSON.parse(line));
    t.deepEqual(keys.slice(0, 7), ["time", "level", "api", "job_id", "worker", "batch", "text"], line);
  }
  const request = JSON.parse(lines.find((line) => line.includes('"/jobs"')) ?? "{}");
  t.like(request, { level: "info", text: "request", method: "GET", path: "/jobs", status: 200 });
});
