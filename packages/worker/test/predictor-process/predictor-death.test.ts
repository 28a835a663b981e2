import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { MillraceError } from "@millrace/core";
import test from "ava";
import { hostCommand, PredictorProcess } from "../../src/predictor-process/mod.ts";
import {
  environment,
  failure,
  isAlive,
  project,
  running,
  source,
  sourcesIn,
  TIMEOUT_MS,
  TYPES,
  until,
} from "./harness.ts";

const MIB = 1024 * 1024;

for (const type of TYPES) {
  const { say, evil } = sourcesIn(type);

  test(`${type}: predict() names the batch to blame when the process dies with several in flight`, async (t) => {
    const text = evil(
      'process.kill(process.pid, "SIGKILL"); for (;;);',
      "import os\nos.kill(os.getpid(), 9)",
    );
    const run = await running(t, { type, text });
    const [good, guilty, ...innocent] = await Promise.all([
      run.predict("good", [1]),
      failure(t, run.predict("guilty", ["evil"])),
      failure(t, run.predict("next", [2])),
      failure(t, run.predict("last", [3])),
    ]);
    t.deepEqual(good.lines, ["1"]);
    t.is(guilty.code, "predictor_crashed");
    t.true(guilty.details.guilty);
    t.is(guilty.details.signal, "SIGKILL");
    t.regex(guilty.message, /predicting batch "guilty".*SIGKILL/);
    t.deepEqual(
      innocent.map((error) => [error.code, error.details.guilty]),
      [
        ["predictor_crashed", false],
        ["predictor_crashed", false],
      ],
    );
    const late = await failure(t, run.predict("late", [4]));
    t.deepEqual([late.code, late.details.guilty], ["predictor_crashed", false]);
  });

  test(`${type}: predict() is predictor_crashed with the exit code when the predictor exits`, async (t) => {
    const text = evil(
      'console.log("farewell"); process.exit(0);',
      'import sys\nprint("farewell")\nsys.exit(0)',
    );
    const run = await running(t, { type, text });
    const error = await failure(t, run.predict("b", ["evil"]));
    t.is(error.code, "predictor_crashed");
    t.is(error.details.exit_code, 0);
    t.regex(error.message, /exit code 0.*farewell/);
  });

  for (const [what, typescript, python] of [
    ["computes for ever", "for (;;);", "while True: pass"],
    ["sleeps", "await new Promise((r) => setTimeout(r, 1e9));", "import time\ntime.sleep(1e6)"],
    [
      "sleeps in native code",
      "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
      "import ctypes\nctypes.PyDLL(None).sleep(1000000)",
    ],
    [
      "ignores signals",
      'process.on("SIGTERM", () => {}); for (;;);',
      "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1e6)",
    ],
  ] as const) {
    test(`${type}: predict() is batch_timeout, and the process is gone, when it ${what}`, async (t) => {
      const run = await running(t, { type, text: evil(typescript, python) });
      const pid = run.process.pid ?? 0;
      // The second one's time begins when the first is answered: here never, so it is not charged.
      const [error, behind] = await Promise.all([
        failure(t, run.predict("slow", ["evil"], 300)),
        failure(t, run.predict("behind", [1], 100)),
      ]);
      t.is(error.code, "batch_timeout");
      t.regex(error.message, /batch "slow".*more than 0\.3 s/);
      t.deepEqual([error.details.guilty, behind.details.guilty], [true, false]);
      t.false(isAlive(pid));
    });
  }

  test.serial(`${type}: predict() gives each batch its own time when several are in flight`, async (t) => {
    const predict = say(
      "await new Promise((r) => setTimeout(r, 150)); return items;",
      "import time\ntime.sleep(0.15)\nreturn items",
    );
    const run = await running(t, { type, text: source(type, { predict }) });
    const outputs = await Promise.all(
      Array.from({ length: 10 }, (_, index) => run.predict(`b${index}`, [index], 1_200)),
    );
    t.deepEqual(
      outputs.map((output) => output.lines[0]),
      Array.from({ length: 10 }, (_, index) => `${index}`),
    );
    t.true(outputs.every((output) => output.predictMs >= 140));
  });

  test(`${type}: construct() times out when the constructor hangs`, async (t) => {
    const construct = say("for (;;);", "import time\ntime.sleep(1e6)");
    const run = await running(t, {
      type,
      text: source(type, { construct, predict: "return 1" }),
      construct: false,
    });
    const error = await failure(t, run.process.construct({ timeoutMs: 200 }));
    t.is(error.code, "predictor_init_failed");
    t.regex(error.message, /constructing the predictor.*more than 0\.2 s/);
  });

  test(`${type}: predict() is predictor_out_of_memory when memory passes the limit`, async (t) => {
    const text = evil(
      "const kept = []; for (;;) { kept.push(Buffer.alloc(1 << 22, 1)); await new Promise((r) => setTimeout(r, 4)); }",
      "import time\nkept = []\nwhile True:\n    kept.append(b'x' * (1 << 22))\n    time.sleep(0.004)",
    );
    const run = await running(t, { type, text, memLimitBytes: 250 * MIB });
    t.deepEqual((await run.predict("good", [1])).lines, ["1"]);
    const error = await failure(t, run.predict("b", ["evil"]));
    t.is(error.code, "predictor_out_of_memory");
    t.true(error.details.guilty);
    t.regex(error.message, /250 MiB \(compute\.mem\)/);
    t.true(run.process.peakMemoryBytes > 250 * MIB);
  });

  test(`${type}: predict() is predictor_out_of_memory when a child process uses the memory`, async (t) => {
    const hog = "x = []\nimport time\nwhile True: x.append(b'x' * (1 << 22)); time.sleep(0.004)";
    const text = evil(
      `spawn("python3", ["-c", ${JSON.stringify(hog)}], { stdio: "inherit" }); await new Promise(() => {});`,
      `import subprocess, sys\nsubprocess.run([sys.executable, "-c", ${JSON.stringify(hog)}])`,
      say('import { spawn } from "node:child_process";', ""),
    );
    const run = await running(t, { type, text, memLimitBytes: 300 * MIB });
    t.is((await failure(t, run.predict("b", ["evil"]))).code, "predictor_out_of_memory");
  });

  test(`${type}: predict() leaves no process of the predictor behind when it dies`, async (t) => {
    // In the group; in a session of its own whose parent is gone; without the environment.
    const shell =
      "sleep 1000 & echo $! > a; setsid sh -c 'sleep 1000 & echo $! > b'; env -i sleep 1000 & echo $! > c";
    const text = evil(
      `execSync(${JSON.stringify(shell)}, { stdio: "inherit" }); process.exit(3);`,
      `import os\nos.system(${JSON.stringify(shell)})\nos._exit(3)`,
      say('import { execSync } from "node:child_process";', ""),
    );
    const run = await running(t, { type, text });
    const error = await failure(t, run.predict("b", ["evil"]));
    t.is(error.details.exit_code, 3);
    await run.process.gone;
    const pids = ["a", "b", "c"].map((name) => Number(readFileSync(join(run.dir, name), "utf8")));
    t.deepEqual(pids.map(isAlive), [false, false, false]);
  });

  test(`${type}: the predictor is gone when its worker is killed while it computes`, async (t) => {
    const dir = project(t, { [say("predictor.ts", "predictor.py")]: evil("for (;;);", "while True: pass") });
    const worker = spawn(process.execPath, [join(import.meta.dirname, "worker-to-kill.ts"), type, dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(worker.stdout, "data");
    const pid = Number(said);
    t.true(isAlive(pid));
    worker.kill("SIGKILL");
    await until(() => !isAlive(pid));
    t.pass();
  });

  test(`${type}: predict() is predictor_crashed when something else writes to the frames`, async (t) => {
    const text = evil(
      'writeSync(3, "hello, I am not a frame"); return items;',
      'import os\nos.write(host_fd(), b"hello, I am not a frame")\nreturn items',
      say(
        'import { writeSync } from "node:fs";',
        "import gc\nfrom millrace_host.frames import FrameWriter\ndef host_fd():\n    return next(o for o in gc.get_objects() if isinstance(o, FrameWriter))._fd",
      ),
    );
    const run = await running(t, { type, text });
    const error = await failure(t, run.predict("b", ["evil"]));
    t.is(error.code, "predictor_crashed");
    t.regex(error.message, /the stream holds .*I am not a frame/);
    await until(() => run.process.pid === undefined);
  });

  test(`${type}: kill() and an aborted signal end what is in flight without blame`, async (t) => {
    const abort = new AbortController();
    for (const end of ["kill", "abort"] as const) {
      const options = end === "abort" ? { signal: abort.signal } : {};
      const run = await running(t, { type, text: evil("for (;;);", "while True: pass"), ...options });
      const pid = run.process.pid ?? 0;
      const hanging = failure(t, run.predict("b", ["evil"]));
      if (end === "abort") abort.abort();
      else await run.process.kill();
      const error: MillraceError = await hanging;
      t.deepEqual([error.code, error.details.guilty], ["unavailable", false]);
      await until(() => !isAlive(pid));
    }
  });
}

test("typescript: predict() is predictor_crashed with the last lines when an unhandled promise is rejected", async (t) => {
  const predict = 'setTimeout(() => { throw new Error("stray") }); await new Promise(() => {});';
  const run = await running(t, { type: "typescript", text: source("typescript", { predict }) });
  const error = await failure(t, run.predict("b", [1]));
  t.is(error.code, "predictor_crashed");
  t.is(error.details.exit_code, 1);
  t.true((error.details.last_lines as string[]).some((line) => line.includes("Error: stray")));
});

test("typescript: predict() is batch_timeout, not an exit, when it awaits a promise that never settles", async (t) => {
  const text = source("typescript", { predict: "await new Promise(() => {});" });
  const run = await running(t, { type: "typescript", text });
  const rest = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => failure(t, run.predict(`b${n}`, [n], 500)));
  t.is((await Promise.all(rest))[0]?.code, "batch_timeout");
});

test("typescript: predict() is predictor_out_of_memory when JavaScript's heap is full", async (t) => {
  const predict = "const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length + 0.5));";
  const text = source("typescript", { predict });
  // Far below what the memory watch would see first.
  const command = hostCommand({ type: "typescript", memLimitBytes: 60 * MIB, cwd: "/" });
  const run = await running(t, { type: "typescript", text, command });
  const error = await failure(t, run.predict("b", [1]));
  t.is(error.code, "predictor_out_of_memory");
});

test("python: predict() is predictor_out_of_memory and the predictor keeps running when it raises MemoryError", async (t) => {
  const predict = "if items[0] == 1: raise MemoryError()\nreturn items";
  const run = await running(t, { type: "python", text: source("python", { predict }) });
  t.is((await failure(t, run.predict("b", [1]))).code, "predictor_out_of_memory");
  t.deepEqual((await run.predict("b", [2])).lines, ["2"]);
});

test("python: multiprocessing and fork do not disturb the frames", async (t) => {
  const top = `import multiprocessing, os, sys
def double(x):
    print("doubling", x)
    return 2 * x`;
  const predict = `for method in ("fork", "spawn"):
    with multiprocessing.get_context(method).Pool(2) as pool:
        items = pool.map(double, items)
if os.fork() == 0:
    return ["from the child"] * len(items)
os.wait()
return items`;
  const run = await running(t, { type: "python", text: source("python", { top, predict }) });
  t.deepEqual((await run.predict("a", [1, 2, 3])).lines, ["4", "8", "12"]);
  t.deepEqual((await run.predict("b", [5])).lines, ["20"]);
});

test("python: predict() fails only the batch that is nested too deeply to read", async (t) => {
  const run = await running(t, { type: "python", text: source("python", { predict: "return items" }) });
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const error = await failure(t, run.process.predict({ batchId: "b", items: [deep], timeoutMs: TIMEOUT_MS }));
  t.is(error.details.type, "RecursionError");
  t.deepEqual((await run.predict("c", [1])).lines, ["1"]);
});

test("start() is predictor_not_loadable when the program or the directory does not exist", async (t) => {
  const env = environment();
  const onLine = () => {};
  const missing = new PredictorProcess();
  const error = await failure(t, missing.start({ command: ["no-such-python"], cwd: "/", env, onLine }));
  t.is(error.code, "predictor_not_loadable");
  t.regex(error.message, /"no-such-python".*PATH/);
  const nowhere = new PredictorProcess();
  const command = hostCommand({ type: "python", cwd: "/no/such" });
  t.regex(
    (await failure(t, nowhere.start({ command, cwd: "/no/such", env, onLine }))).message,
    /"\/no\/such" does not exist/,
  );
});

test("start() makes the kernel kill the predictor first when memory is short", async (t) => {
  const run = await running(t, { type: "python", text: source("python", { predict: "return items" }) });
  if (!existsSync("/proc/self/oom_score_adj")) return t.pass();
  t.is(readFileSync(`/proc/${run.process.pid}/oom_score_adj`, "utf8").trim(), "500");
});
