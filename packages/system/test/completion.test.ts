import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  finished,
  logOf,
  numbers,
  type Platform,
  poll,
  processesOf,
  rowsOf,
  runJob,
  signal,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

/** A predictor whose hook notes its beginning and end and does, in between, the given lines. */
function withHook(...lines: readonly string[]): string {
  return `
import os, signal, sys, time
class PythonPredictor:
    def __init__(self, config):
        self.config = config
    def note(self, word):
        with open(self.config["note"], "a") as file:
            file.write(word + "\\n")
    def predict(self, payload):
        return payload
    def on_job_complete(self):
        self.note(f"begin {os.getppid()}")
${lines.map((line) => `        ${line}`).join("\n")}
        self.note("end")
`;
}

const notePath = (platform: Platform) => join(platform.files, "note.txt");
const notes = (platform: Platform) =>
  readFile(notePath(platform), "utf8").then(
    (text) => text.trim().split("\n"),
    () => [],
  );

for (const victim of ["worker", "predictor"] as const) {
  test(`the hook runs again when its ${victim} is killed during it, and the job succeeds`, async (t) => {
    const platform = await startPlatform(t);
    await deployPython(platform, "hook", withHook("time.sleep(1.5)"));
    const body = numbers(40, { workers: 2, batch_size: 5, config: { note: notePath(platform) } });
    const job = await submit(platform, "hook", body);
    const begun = await poll("the hook", async () => (await notes(platform))[0]);
    const workerPid = Number(begun.split(" ")[1]);
    const pid = victim === "worker" ? workerPid : childOf(platform, workerPid);
    signal(pid, "SIGKILL");
    const { status } = await finished(job);
    t.is(status.job_status.status, "succeeded");
    assertEachOnce(t, await rowsOf(job), 40);
    t.deepEqual(
      (await notes(platform)).map((note) => note.split(" ")[0]),
      ["begin", "begin", "end"],
    );
    await assertScaledToZero(t, platform);
  });
}

test("a hook that raises ends the job with worker_error and hook_failed, and keeps every result", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "hook", withHook('raise RuntimeError("webhook said no")'));
  const body = numbers(40, { workers: 2, config: { note: notePath(platform) } });
  const job = await runJob(platform, "hook", body);
  t.is(job.status.job_status.status, "worker_error");
  t.is(job.status.job_status.status_reason?.code, "hook_failed");
  t.regex(job.status.job_status.status_reason?.message ?? "", /RuntimeError: webhook said no/);
  t.regex(await logOf(job), /Traceback[\s\S]*in on_job_complete/);
  assertEachOnce(t, await rowsOf(job), 40);
  t.deepEqual(job.status.metrics.items, { total: 40, succeeded: 40, failed: 0 });
});

test("a hook that hangs ends with the job's timeout", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "hook", withHook("time.sleep(3600)"));
  const body = numbers(40, { timeout: 12, config: { note: notePath(platform) } });
  const job = await runJob(platform, "hook", body);
  t.is(job.status.job_status.status, "timed_out");
  assertEachOnce(t, await rowsOf(job), 40);
  await assertScaledToZero(t, platform);
});

test("workers beyond the machine's capacity take turns, and all have ended at the end", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(
    platform,
    "wide",
    "class PythonPredictor:\n    def predict(self, payload):\n        return payload\n",
    {
      compute: { cpu: 1 },
    },
  );
  const workers = 100;
  const job = await submit(platform, "wide", numbers(200, { workers, batch_size: 1 }));
  await poll("a worker that waits", async () => {
    const { job_status } = await statusOf(job);
    return (
      job_status.worker_states.some(
        ({ status, reason }) => status === "pending" && /waiting for 1 CPU/.test(reason ?? ""),
      ) || job_status.end_time !== null
    );
  });
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded");
  t.is(
    Object.values(status.job_status.worker_counts).reduce((sum, count) => sum + count, 0),
    workers,
  );
  assertEachOnce(t, await rowsOf(job), 200);
  await assertScaledToZero(t, platform);
  await poll("every record to be settled", async () => {
    const { succeeded } = (await statusOf(job)).job_status.worker_counts;
    return succeeded === workers;
  });
  t.pass();
});

/** The predictor of a worker. */
function childOf(platform: Platform, workerPid: number): number {
  const predictors = processesOf(platform.home).filter(({ kind }) => kind === "predictor");
  for (const { pid } of predictors) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (status.includes(`PPid:\t${workerPid}\n`)) return pid;
  }
  throw new Error(`No predictor of worker ${workerPid}`);
}
