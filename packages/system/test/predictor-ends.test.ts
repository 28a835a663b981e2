import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import {
  deployPython,
  deployTypeScript,
  failuresOf,
  finished,
  logOf,
  numbers,
  type Platform,
  poll,
  processesOf,
  rowsOf,
  runJob,
  sharedPlatform,
  signal,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

/** Buffers its rows until it ends, and takes its time then. */
const BUFFERED_PY = `
import atexit, os, time
class PythonPredictor:
    def __init__(self, config):
        self.config = config
        self.file = open(config["out"] + f".{os.getpid()}.txt", "w")
        atexit.register(self.bye)
    def bye(self):
        time.sleep(self.config.get("slow", 0))
        print("atexit ran", flush=True)
        self.file.write("end\\n")
    def predict(self, payload):
        time.sleep(0.02)
        for item in payload: self.file.write(f"row {item}\\n")
        return payload
`;
const BUFFERED_TS = `
import { createWriteStream } from "node:fs";
export class Predictor {
  #file;
  constructor(config: { out: string }) {
    this.#file = createWriteStream(config.out + "." + process.pid + ".txt");
    process.on("exit", () => console.log("exit handler ran"));
    process.on("beforeExit", () => console.log("beforeExit ran"));
  }
  async predict(payload: unknown[]) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const item of payload) this.#file.write("row " + item + "\\n");
    return payload;
  }
}
`;
/** Any thread that is no daemon. */
const THREAD = `
import os, sys, threading, time
threading.Thread(target=time.sleep, args=(7200,)).start()
class PythonPredictor:
    def __init__(self, config):
        self.at = config.get("at")
        if self.at == "init": sys.exit("no licence")
    def predict(self, payload):
        if self.at == "predict": sys.exit("no licence")
        return payload
    def on_job_complete(self):
        if self.at == "hook": sys.exit(0)
`;

/** Lines of what the predictors of a job wrote, in any order. */
function written(platform: Platform, prefix: string): readonly string[] {
  const files = readdirSync(platform.files).filter((name) => name.startsWith(`${prefix}.`));
  return files.flatMap((name) => readFileSync(join(platform.files, name), "utf8").trim().split("\n")).sort();
}

function rows(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `row ${i}`);
}

for (const workers of [1, 3]) {
  test(`files that Python predictors have open are complete when a job of ${workers} has its final status`, async (t) => {
    await deployPython(platform(), `buffered-${workers}`, BUFFERED_PY);
    const out = join(platform().files, `py-${workers}`);
    const body = numbers(30, { workers, batch_size: 1, config: { out, slow: 1 } });
    const job = await submit(platform(), `buffered-${workers}`, body);
    await poll("the end", async () => (await statusOf(job)).job_status.end_time !== null, { everyMs: 5 });
    const lines = written(platform(), `py-${workers}`);
    const begun = lines.filter((line) => line === "end").length;
    t.true(begun >= 1 && begun <= workers);
    t.deepEqual(
      lines.filter((line) => line !== "end"),
      [...rows(30)].sort(),
    );
    t.is((await statusOf(job)).job_status.status, "succeeded");
    t.is((await logOf(job)).split("atexit ran").length - 1, begun);
  });

  test(`files that TypeScript predictors have open are complete when a job of ${workers} has its final status`, async (t) => {
    await deployTypeScript(platform(), `streamed-${workers}`, BUFFERED_TS);
    const out = join(platform().files, `ts-${workers}`);
    const body = numbers(30, { workers, batch_size: 1, config: { out } });
    const job = await submit(platform(), `streamed-${workers}`, body);
    await poll("the end", async () => (await statusOf(job)).job_status.end_time !== null, { everyMs: 5 });
    t.deepEqual(written(platform(), `ts-${workers}`).filter(Boolean), [...rows(30)].sort());
    t.regex(await logOf(job), /beforeExit ran\nexit handler ran/);
  });
}

test("a predictor that does not exit is killed after the grace time, the log says so, and the job succeeds", async (t) => {
  await deployPython(platform(), "thread-stays", THREAD);
  const submitted = await submit(platform(), "thread-stays", numbers(2));
  const waits = async () =>
    /waiting for the predictor/.test((await statusOf(submitted)).job_status.waiting_for ?? "");
  await poll("the reason why it still runs", waits);
  const job = await finished(submitted);
  t.is(job.status.job_status.status, "succeeded");
  t.regex(await logOf(job), /did not exit within 30 s, so it was killed/);
});

test("sys.exit() while a thread keeps running ends constructor, predict and hook with its reason", async (t) => {
  await deployPython(platform(), "thread-exits", THREAD);
  const run = (at: string) =>
    runJob(platform(), "thread-exits", numbers(1, { config: { at }, max_attempts: 1, batch_timeout: 300 }));
  const [init, predict, hook] = await Promise.all([run("init"), run("predict"), run("hook")]);
  t.is(init.status.job_status.status, "worker_error");
  t.regex(init.status.job_status.status_reason?.message ?? "", /SystemExit.*exit code 1: no licence/);
  t.is(predict.status.job_status.status, "completed_with_failures");
  const [row] = await rowsOf(predict);
  t.is(row?.error?.code, "predictor_crashed");
  t.regex(row?.error?.message ?? "", /SystemExit: .*exit code 1: no licence/);
  t.is(hook.status.job_status.status, "worker_error");
  t.is(hook.status.job_status.status_reason?.code, "hook_failed");
  t.regex(hook.status.job_status.status_reason?.message ?? "", /exit code 0/);
});

test("a BaseException fails its item, with a traceback, and the predictor is constructed once", async (t) => {
  const source = `
import asyncio
class PanicException(BaseException): pass
class PythonPredictor:
    def __init__(self): print("model loaded", flush=True)
    def predict(self, payload):
        for item in payload:
            if item == "panic": raise PanicException("unwrap on None")
            if item == "cancel": raise asyncio.CancelledError()
        return payload
`;
  await deployPython(platform(), "base", source);
  const items = ["a", "b", "panic", "c", "cancel", "d", "e", "f"];
  const job = await runJob(platform(), "base", { workers: 1, item_list: { items, batch_size: 8 } });
  t.is(job.status.job_status.status, "completed_with_failures");
  t.deepEqual(
    (await rowsOf(job)).flatMap(({ index, error }) => (error ? [[index, error.code]] : [])),
    [
      [2, "predictor_error"],
      [4, "predictor_error"],
    ],
  );
  const failures = await failuresOf(job);
  for (const [at, type] of ["PanicException", "CancelledError"].entries()) {
    const last = failures[at]?.attempts.at(-1);
    t.is(last?.type, type);
    t.regex(last?.traceback ?? "", /in predict/);
  }
  t.is((await logOf(job)).split("model loaded").length - 1, 1);
});

test("no shared memory is left by jobs that succeed, time out, are stopped, or whose worker is killed", async (t) => {
  const platform = await startPlatform(t);
  const source = `
from multiprocessing import shared_memory
import time
class PythonPredictor:
    def __init__(self, config):
        self.segment = shared_memory.SharedMemory(create=True, size=1_000_000)
        open(config["names"], "a").write(self.segment.name + "\\n")
        self.config = config
    def predict(self, payload):
        while self.config["hangs"]: time.sleep(0.1)
        return payload
`;
  await deployPython(platform, "shm", source);
  const names = join(platform.files, "names");
  const body = (hangs: boolean, more = {}) =>
    numbers(1, { max_attempts: 1, config: { names, hangs }, ...more });
  const made = (count: number) =>
    poll("the segment", async () => readFileSync(names, "utf8").trim().split("\n").length === count);
  t.is((await runJob(platform, "shm", body(false))).status.job_status.status, "succeeded");
  await runJob(platform, "shm", body(true, { batch_timeout: 1 }));
  const stopped = await submit(platform, "shm", body(true));
  await made(3);
  await platform.client.stop("shm", stopped.jobId);
  await finished(stopped);
  const killed = await submit(platform, "shm", body(true, { timeout: 10 }));
  await made(4);
  for (const { pid } of processesOf(platform.home).filter(({ kind }) => kind === "worker"))
    signal(pid, "SIGKILL");
  await finished(killed);
  const left = () =>
    readFileSync(names, "utf8")
      .trim()
      .split("\n")
      .filter((name) => readdirSync("/dev/shm").includes(name.replace(/^\//, "")));
  await poll("the end of all segments", async () => left().length === 0).catch(() => {});
  t.deepEqual(left(), []);
});

test("a job succeeds without the predictors of workers that were killed before its end", async (t) => {
  const platform = await startPlatform(t);
  const source = `
import os, time
class PythonPredictor:
    def __init__(self, config):
        self.note = config["note"]
    def predict(self, payload):
        time.sleep(0.05)
        return payload
    def on_job_complete(self):
        open(self.note, "w").write(str(os.getppid()))
        time.sleep(2)
`;
  await deployPython(platform, "left", source);
  const note = join(platform.files, "note");
  const job = await submit(platform, "left", numbers(20, { workers: 3, batch_size: 1, config: { note } }));
  const completing = await poll(
    "the hook",
    async () => existsSync(note) && Number(readFileSync(note, "utf8")),
  );
  const others = processesOf(platform.home).filter(
    ({ kind, pid }) => kind === "worker" && pid !== completing,
  );
  for (const { pid } of others) signal(pid, "SIGKILL");
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded");
  t.notRegex(await logOf(job), /the job ends although/);
});

test("a progress bar is live in the log, and a crash message has only its last state", async (t) => {
  const source = `
import os, sys, time
class PythonPredictor:
    def predict(self, payload):
        for i in range(20):
            sys.stderr.write(f"\\rencode {i * 5:3d}%")
            sys.stderr.flush()
            time.sleep(0.01)
        sys.stderr.write("\\n")
        if payload[0] == "die": os._exit(4)
        return payload
`;
  await deployPython(platform(), "bar", source);
  const job = await runJob(platform(), "bar", {
    workers: 1,
    item_list: { items: ["live", "die"], batch_size: 1 },
    max_attempts: 1,
  });
  const lines = (await logOf(job)).split("\n");
  for (let i = 0; i < 20; i++) t.true(lines.includes(`encode ${String(i * 5).padStart(3)}%`), `${i * 5}`);
  const message = (await rowsOf(job))[1]?.error?.message ?? "";
  t.regex(message, /exit code 4.*encode {2}95%/);
  t.false(message.includes("encode  90%"));
});

test("an uncaught error in a TypeScript predictor is named in the row", async (t) => {
  const source = `
const acts: Record<string, () => void> = {
  reject: () => void Promise.reject(new Error("forgotten promise")),
  timer: () => void setTimeout(() => { throw new Error("from a timer"); }, 5),
};
export class Predictor {
  async predict(payload: string[]) {
    for (const item of payload) acts[item]?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return payload;
  }
}
`;
  await deployTypeScript(platform(), "uncaught", source);
  const job = await runJob(platform(), "uncaught", {
    workers: 1,
    item_list: { items: ["reject", "fine", "timer"], batch_size: 1 },
    max_attempts: 1,
  });
  const messages = (await rowsOf(job)).map(({ error }) => error?.message ?? "");
  t.regex(messages[0] ?? "", /Error: .*forgotten promise/);
  t.is(messages[1], "");
  t.regex(messages[2] ?? "", /Error: .*from a timer/);
  const [failure] = await failuresOf(job);
  t.regex(failure?.attempts[0]?.traceback ?? "", /predictor\.ts/);
});
