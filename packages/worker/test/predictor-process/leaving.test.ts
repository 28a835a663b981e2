import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { failure, isAlive, running, source, TIMEOUT_MS, TYPES, until } from "./harness.ts";

/** Started as the module is loaded; keeps a Python process alive for two hours. */
const THREAD = "import sys, threading, time\nthreading.Thread(target=time.sleep, args=(7200,)).start()";
const EXIT = 'if self.config["at"] == "AT": sys.exit("no licence")';
const SHARED_MEMORY = `from multiprocessing import shared_memory
segment = shared_memory.SharedMemory(create=True, size=1_000_000)
open("segment", "w").write(segment.name)`;
const withSharedMemory = existsSync("/dev/shm") ? test : test.skip;

for (const at of ["construct", "predict", "complete"] as const) {
  test(`python: sys.exit() in ${at} is reported at once even if a thread keeps the process alive`, async (t) => {
    const text = source("python", {
      top: THREAD,
      construct: EXIT.replace("AT", "construct"),
      predict: `${EXIT.replace("AT", "predict")}\nreturn items`,
      complete: EXIT.replace("AT", "complete"),
    });
    const run = await running(t, { type: "python", text, config: { at }, construct: false });
    const pid = run.process.pid ?? 0;
    const constructed = run.process.construct({ timeoutMs: TIMEOUT_MS });
    if (at !== "construct") await constructed;
    const asked = {
      construct: () => constructed,
      predict: () => run.predict("b", [1]),
      complete: () => run.process.complete({ timeoutMs: TIMEOUT_MS }),
    }[at]();
    const behind = at === "predict" ? failure(t, run.predict("c", [2])) : undefined;
    const error = await failure(t, asked);
    t.is(error.code, "predictor_crashed");
    t.regex(error.message, /ended with exit code 1: no licence/);
    t.deepEqual([error.details.type, error.details.exit_code], ["SystemExit", 1]);
    t.regex(String(error.details.traceback), /predictor\.py/);
    t.is(error.details.guilty, at === "predict");
    if (behind) t.is((await behind).details.guilty, false);
    t.is(run.process.pid, undefined);
    t.true(isAlive(pid), "it is told before the thread has ended");
    await run.process.gone;
    t.false(isAlive(pid));
  });
}

test("python: load() is predictor_crashed at once when the module exits and a thread keeps running", async (t) => {
  const text = `${THREAD}\nsys.exit(7)`;
  const error = await failure(t, running(t, { type: "python", text }));
  t.is(error.code, "predictor_crashed");
  t.is(error.details.exit_code, 7);
});

test("python: KeyboardInterrupt is reported at once, and its process ends as by Ctrl-C", async (t) => {
  const predict = 'if items[0] == "interrupt": raise KeyboardInterrupt\nreturn items';
  const run = await running(t, { type: "python", text: source("python", { top: THREAD, predict }) });
  const error = await failure(t, run.predict("b", ["interrupt"]));
  t.deepEqual(
    [error.code, error.details.type, error.details.exit_code],
    ["predictor_crashed", "KeyboardInterrupt", 130],
  );
  await run.process.gone;
});

test("python: predict() reports a signal handler's exception between batches, and the next exit", async (t) => {
  const text = source("python", {
    top: `${THREAD}\nimport os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: sys.exit(9))`,
    predict: "return items",
  });
  const run = await running(t, { type: "python", text });
  t.deepEqual((await run.predict("a", [1])).lines, ["1"]);
  process.kill(run.process.pid ?? 0, "SIGUSR1");
  await until(() => run.process.pid === undefined);
  const error = await failure(t, run.predict("b", [2]));
  t.deepEqual([error.code, error.details.exit_code, error.details.guilty], ["predictor_crashed", 9, false]);
});

test("python: a BaseException that does not exit fails only its call, and the predictor keeps running", async (t) => {
  const text = source("python", {
    top: `import asyncio
class PanicException(BaseException): pass
class Mine(BaseException): pass
kinds = {"cancel": asyncio.CancelledError, "panic": PanicException, "generator": GeneratorExit, "mine": Mine}`,
    construct: 'if config.get("fails"): raise PanicException("called Option::unwrap() on a None value")',
    predict: "if items[0] in kinds: raise kinds[items[0]]('why')\nreturn items",
    complete: "raise asyncio.CancelledError('hook')",
  });
  const run = await running(t, { type: "python", text });
  const pid = run.process.pid;
  for (const [item, type] of Object.entries({
    cancel: "CancelledError",
    panic: "PanicException",
    generator: "GeneratorExit",
    mine: "Mine",
  })) {
    const error = await failure(t, run.predict("b", [item]));
    t.deepEqual([error.code, error.details.type, error.message], ["predictor_error", type, "why"]);
    t.regex(String(error.details.traceback), /in predict/);
    t.deepEqual((await run.predict("c", [1])).lines, ["1"]);
  }
  const hook = await failure(t, run.process.complete({ timeoutMs: TIMEOUT_MS }));
  t.deepEqual([hook.code, hook.message], ["predictor_error", "hook"]);
  t.is(run.process.pid, pid);
  const broken = await running(t, { type: "python", text, construct: false, config: { fails: true } });
  const error = await failure(t, broken.process.construct({ timeoutMs: TIMEOUT_MS }));
  t.deepEqual([error.code, error.details.type], ["predictor_init_failed", "PanicException"]);
});

test("python: stop() lets the interpreter finish: threads, exit handlers, finalizers, open files", async (t) => {
  const text = `import atexit, threading, time
log = open("log", "w")
def late():
    time.sleep(0.3)
    log.write("thread\\n")
class PythonPredictor:
    def __init__(self, config):
        self.rows = open("rows", "w")
        atexit.register(self.bye)
        threading.Thread(target=late).start()
    def bye(self):
        log.write("atexit\\n")
        self.rows.write("last row\\n")
    def __del__(self):
        log.write("del\\n")
    def predict(self, payload):
        for item in payload: self.rows.write(f"row {item}\\n")
        return payload
`;
  const run = await running(t, { type: "python", text });
  await run.predict("b", [1, 2]);
  t.deepEqual(await run.process.stop({ graceMs: 20_000 }), { exitCode: 0, signal: null });
  t.is(readFileSync(join(run.dir, "rows"), "utf8"), "row 1\nrow 2\nlast row\n");
  t.is(readFileSync(join(run.dir, "log"), "utf8"), "thread\natexit\ndel\n");
});

test("typescript: stop() lets the runtime finish: timers, streams, beforeExit, exit", async (t) => {
  const text = `import { appendFileSync, createWriteStream } from "node:fs";
process.on("exit", (code) => appendFileSync("log", "exit " + code + "\\n"));
process.once("beforeExit", () => { appendFileSync("log", "beforeExit\\n"); setTimeout(() => appendFileSync("log", "timer\\n"), 100); });
export class Predictor {
  #rows = createWriteStream("rows");
  predict(items: unknown[]) { for (const item of items) this.#rows.write("row " + item + "x".repeat(100_000) + "\\n"); process.exitCode = 5; return items; }
}`;
  const run = await running(t, { type: "typescript", text });
  await run.predict(
    "b",
    Array.from({ length: 100 }, (_, i) => i),
  );
  t.deepEqual(await run.process.stop({ graceMs: 20_000 }), { exitCode: 5, signal: null });
  t.is(readFileSync(join(run.dir, "rows"), "utf8").split("\n").length, 101);
  t.is(readFileSync(join(run.dir, "log"), "utf8"), "beforeExit\ntimer\nexit 5\n");
});

test("typescript: stop() runs the exit handlers when an interval or a server would run forever", async (t) => {
  const text = `import { createServer } from "node:http";
process.on("exit", () => console.log("exit handler ran"));
setInterval(() => {}, 1000);
createServer().listen(0);
export const predict = 1;
export class Predictor { predict(items: unknown[]) { return items; } }`;
  const run = await running(t, { type: "typescript", text });
  t.deepEqual(await run.process.stop({ graceMs: 20_000 }), { exitCode: 0, signal: null });
  t.regex(run.lines[0] ?? "", /kept its process alive.*Timeout/);
  t.is(run.lines.at(-1), "exit handler ran");
});

for (const type of TYPES) {
  test(`${type}: stop() kills a predictor that does not end in time`, async (t) => {
    const text =
      type === "python"
        ? source(type, { top: THREAD, predict: "return items" })
        : source(type, { top: 'process.on("exit", () => { for (;;); });', predict: "return items" });
    const run = await running(t, { type, text });
    const pid = run.process.pid ?? 0;
    t.is(await run.process.stop({ graceMs: 300 }), undefined);
    t.false(isAlive(pid));
  });

  test(`${type}: predict() is predictor_crashed when the predictor closes all descriptors`, async (t) => {
    const predict =
      type === "python"
        ? "import os\nos.closerange(3, 64)\nreturn items"
        : 'const { closeSync } = await import("node:fs"); closeSync(3); await new Promise(() => {});';
    const run = await running(t, {
      type,
      text: source(type, { top: type === "python" ? THREAD : "", predict }),
    });
    const error = await failure(t, run.predict("b", [1]));
    t.is(error.code, "predictor_crashed");
    await run.process.gone;
  });
}

test("typescript: predict() names an uncaught error, and where it was thrown", async (t) => {
  const bodies = {
    rejection: 'void Promise.reject(new RangeError("forgotten promise"));',
    timer: 'setTimeout(() => { throw new RangeError("from a timer"); }, 5);',
    deep: 'Error.stackTraceLimit = 200; const f = (n: number): void => { if (n) f(n - 1); else throw new RangeError("deep down"); }; setTimeout(() => f(150), 5);',
  };
  for (const [what, body] of Object.entries(bodies)) {
    const text = source("typescript", { predict: `${body} await new Promise(() => {});` });
    const run = await running(t, { type: "typescript", text });
    const [error, behind] = await Promise.all([
      failure(t, run.predict("b", [1])),
      failure(t, run.predict("c", [2])),
    ]);
    t.is(error.code, "predictor_crashed", what);
    t.regex(error.message, /exit code 1: (forgotten promise|from a timer|deep down)/);
    t.is(error.details.type, "RangeError");
    t.regex(String(error.details.traceback), /predictor\.ts:\d+/);
    t.deepEqual([error.details.guilty, behind.details.guilty], [true, false]);
  }
});

test("typescript: predict() continues when the predictor handles uncaught errors", async (t) => {
  const text = source("typescript", {
    top: 'process.on("uncaughtException", (error) => console.log("mine:", error.message));',
    predict:
      'setTimeout(() => { throw new Error("handled"); }); await new Promise((r) => setTimeout(r, 50)); return items;',
  });
  const run = await running(t, { type: "typescript", text });
  t.deepEqual((await run.predict("b", [1])).lines, ["1"]);
  await run.process.stop();
  t.deepEqual(run.lines, ["mine: handled"]);
});

for (const how of ["stop", "kill", "batch_timeout", "memory", "crash"] as const) {
  withSharedMemory(`python: no shared memory is left after ${how}`, async (t) => {
    const predict = `if items[0] == "hang":
    import time
    time.sleep(1000)
if items[0] == "memory":
    kept = []
    while True: kept.append(b"x" * (1 << 22))
if items[0] == "crash":
    import os
    os._exit(3)
return items`;
    // A pool's processes hold the tracker's pipe, too.
    const top = `import multiprocessing\n${SHARED_MEMORY}`;
    const construct = 'self.pool = multiprocessing.get_context("fork").Pool(2)';
    const text = source("python", { top, construct, predict });
    const memLimitBytes = how === "memory" ? 300 * 1024 * 1024 : undefined;
    const run = await running(t, { type: "python", text, memLimitBytes });
    const name = readFileSync(join(run.dir, "segment"), "utf8").replace(/^\//, "");
    t.true(readdirSync("/dev/shm").includes(name));
    const ends = {
      stop: () => run.process.stop(),
      kill: () => run.process.kill(),
      batch_timeout: () => failure(t, run.predict("b", ["hang"], 200)),
      memory: () => failure(t, run.predict("b", ["memory"])),
      crash: () => failure(t, run.predict("b", ["crash"])),
    };
    await ends[how]();
    await run.process.gone;
    t.false(readdirSync("/dev/shm").includes(name));
  });
}
