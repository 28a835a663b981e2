import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  finished,
  numbers,
  type Platform,
  poll,
  processesOf,
  pythonPredict,
  rowsOf,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const LIMIT = 128;
/** Waits for the gate before each batch. */
const GATED = pythonPredict(
  'while not os.path.exists(self.config["gate"]): time.sleep(0.02)',
  'return [f"{item}:" + "x" * 20_000 for item in payload]',
);

/** Connections of somebody who sends nothing. */
function holdConnections(t: ExecutionContext, platform: Platform, count: number): void {
  const { port, hostname } = new URL(platform.url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname).on("error", () => {}));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
}

test("a service that may open 128 files runs jobs over 300 files, whoever holds connections", async (t) => {
  const platform = await startPlatform(t, { openFiles: LIMIT });
  await deployTypeScript(platform, "echo", ECHO_TS);
  const folder = join(platform.files, "many");
  mkdirSync(folder);
  for (let i = 0; i < 300; i++) writeFileSync(join(folder, `${String(i).padStart(3, "0")}.ndjson`), `${i}\n`);
  holdConnections(t, platform, 200);
  const files = { s3_paths: [folder], batch_size: 7 };
  const jobs = await Promise.all(
    Array.from({ length: 12 }, () => submit(platform, "echo", { workers: 2, delimited_files: files })),
  );
  for (const job of jobs) {
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, 300);
    t.true(rows.every(({ index, output }) => output === index));
    t.true(status.job_status.worker_states.every(({ restarts }) => restarts === 0));
  }
  await assertScaledToZero(t, platform);
});

/** As if something of the process had opened all that it may: no number can be had any more. @returns what gives them back */
function useUpDescriptors(pid: number): () => void {
  const limit = (count: number) => execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${count}:`]);
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let firstFree = 0;
  while (open.has(firstFree)) firstFree += 1;
  limit(firstFree);
  return () => limit(LIMIT);
}

test("a service without free descriptors responds, runs jobs, and loses nothing", async (t) => {
  const platform = await startPlatform(t, { openFiles: LIMIT });
  await deployPython(platform, "gated", GATED);
  const gate = join(platform.files, "gate");
  const body = numbers(20, { workers: 2, batch_size: 2, config: { gate } });
  const first = await submit(platform, "gated", body);
  await poll("the workers", async () => (await statusOf(first)).job_status.worker_counts.running === 2);
  const giveBack = useUpDescriptors(platform.pid ?? 0);
  // The reserve is released within a moment; until then requests are retried.
  const second = await submit(platform, "gated", body);
  writeFileSync(gate, "");
  for (const job of [first, second]) {
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    assertEachOnce(t, await rowsOf(job), 20);
  }
  giveBack();
  await assertScaledToZero(t, platform);
});

test("workers without free descriptors wait, and lose nothing", async (t) => {
  const platform = await startPlatform(t, { openFiles: LIMIT });
  await deployPython(platform, "gated", GATED);
  const gate = join(platform.files, "gate");
  const job = await submit(platform, "gated", numbers(20, { workers: 1, batch_size: 2, config: { gate } }));
  await poll("the worker", async () => (await statusOf(job)).job_status.worker_counts.running === 1);
  const worker = processesOf(platform.home).find(({ kind }) => kind === "worker")?.pid ?? 0;
  const giveBack = useUpDescriptors(worker);
  writeFileSync(gate, "");
  const log = join(platform.home, "jobs", job.jobId, "logs", "worker-00000.stderr");
  await poll("what it misses", async () => readFileSync(log, "utf8").includes("EMFILE"));
  t.is((await statusOf(job)).job_status.status, "running");
  giveBack();
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
  t.is(status.job_status.worker_states[0]?.restarts, 0);
  assertEachOnce(t, await rowsOf(job), 20);
});
