import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";
import { hostCommand, PredictorProcess } from "../../src/predictor-process/mod.ts";
import { environment, failure, isAlive, JOB_SPEC, project, running, TIMEOUT_MS, until } from "./harness.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const PROCESSES = { preprocess: { workers: 2, mode: "process" } } as const;
const onLinux = process.platform === "linux" ? test : test.skip;

/** A predictor whose preprocess has this body, in processes of its own; predict returns what it got. */
function preprocessing(t: ExecutionContext, body: string, { predict = "return payload", top = "" } = {}) {
  const text = `import os, sys, threading
${top}
class PythonPredictor:
    def __init__(self, config, job_spec):
        self.loaded = os.getpid()
    def preprocess(self, payload, batch_id):
        ${body.split("\n").join("\n        ")}
    def predict(self, payload):
        ${predict.split("\n").join("\n        ")}
`;
  return running(t, { type: "python", text, ...PROCESSES });
}

test("preprocess in processes runs beside the predictor, with what its constructor made", async (t) => {
  const run = await preprocessing(t, "return [[os.getpid(), self.loaded]]", {
    predict: "return [payload[0] + [os.getpid()]]",
  });
  const { lines } = await run.predict("0-1", [1]);
  const [inStage, loaded, inPredict] = JSON.parse(lines[0] as string) as number[];
  t.is(loaded, inPredict);
  t.not(inStage, inPredict);
  await run.process.stop();
  t.false(isAlive(inStage as number));
});

test("preprocess in processes that leaves ends the predictor, and only its batch is to blame", async (t) => {
  for (const [order, message] of [
    ["os._exit(3)", /the process of preprocess ended with exit code 3/],
    ["sys.exit('no licence')", /ended with exit code 1: no licence/],
    ["os.kill(os.getpid(), 11)", /SIGSEGV \(native code accessed invalid memory\)/],
    ["os.kill(os.getpid(), 9)", /preprocessing batch "0-1".* ended by SIGKILL/],
  ] as const) {
    const run = await preprocessing(t, `if payload[0] == "bad": ${order}\nreturn payload`, {
      predict: "import time\nif payload[0] == 'slow': time.sleep(1)\nreturn payload",
    });
    const [slow, bad] = await Promise.all([
      run.predict("1-1", ["slow"]).catch((error: unknown) => error),
      failure(t, run.predict("0-1", ["bad"])),
    ]);
    t.is(bad.code, "predictor_crashed");
    t.regex(bad.message, message);
    t.true(bad.details.guilty);
    // It may have been answered before.
    if (slow instanceof Error) t.like(slow, { details: { guilty: false } });
  }
});

test("what cannot be passed on from a process fails its batch, and says the way out", async (t) => {
  const run = await preprocessing(t, "return payload if payload[0] else [threading.Lock()]");
  const error = await failure(t, run.predict("0-1", [0]));
  t.regex(
    error.message,
    /^in preprocess: Cannot pass what preprocess returned to predict: .*lock.*; expected values that pickle can copy, or predictor.preprocess.mode: thread$/,
  );
  t.deepEqual((await run.predict("1-1", [1])).lines, ["1"]);
  const top = `class Evil:
    def __reduce__(self): return (explode, ())
def explode(): raise OSError("cannot be built again")`;
  const evil = await preprocessing(t, "return [Evil()] if payload[0] == 0 else payload", { top });
  t.regex((await failure(t, evil.predict("0-1", [0]))).message, /cannot be built again/);
  t.deepEqual((await evil.predict("1-1", [1])).lines, ["1"]);
});

onLinux("a kill of the predictor or of its worker's side leaves no process of a stage", async (t) => {
  const run = await preprocessing(t, "import time\nprint('pid', os.getpid())\ntime.sleep(1000)");
  const asked = [0, 1].map((n) => failure(t, run.predict(`${n}-1`, [n])));
  await until(() => run.lines.filter((line) => line.startsWith("pid")).length === 2);
  const pids = run.lines.map((line) => Number(line.split(" ")[1]));
  process.kill(run.process.pid as number, "SIGKILL");
  const errors = await Promise.all(asked);
  t.deepEqual(
    errors.map(({ details }) => details.suspect),
    [true, true],
  );
  await run.process.gone;
  t.deepEqual(pids.filter(isAlive), []);
});

onLinux(
  "a stage's process dies with its parent, even while it computes and nobody looks for it",
  async (t) => {
    const script = `import sys, threading
sys.path.insert(0, sys.argv[1])
from millrace_host.call import Call
from millrace_host.stage_process import StageProcesses
def compute(value, batch_id):
    print(os.getpid(), flush=True)
    while True: pass
import os
processes = StageProcesses(compute, 1)
threading.Thread(target=processes.run, args=(Call(0, "0-1", b"[1]", None),)).start()
`;
    const packages = join(ROOT, "packages", "predictor", "python");
    const host = spawn("python3", ["-c", script, packages], { stdio: ["ignore", "pipe", "inherit"] });
    t.teardown(() => host.kill("SIGKILL"));
    const [line] = (await once(host.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    t.true(isAlive(pid));
    host.kill("SIGKILL");
    await until(() => !isAlive(pid));
  },
);

onLinux("arrays reach predict through memory that is gone with them", async (t) => {
  t.timeout(600_000);
  const python = await pythonWith(["numpy==2.4.6"], { cacheDirectory: join(ROOT, ".cache"), name: "numpy" });
  const dir = project(t, {
    "predictor.py": `import gc, os
import numpy
class PythonPredictor:
    def preprocess(self, payload):
        n = payload[0]
        return {"images": numpy.full((8, 64, 64), n, "float32"), "small": numpy.arange(3), "text": "é" * n,
                "columns": numpy.asfortranarray(numpy.arange(40000.0).reshape(200, 200))}
    def predict(self, payload):
        with open("/proc/self/maps") as maps: shared = maps.read().count("memfd:millrace")
        images, columns = payload["images"], payload["columns"]
        found = [images.dtype.name, list(images.shape), float(images.sum()), images.flags.writeable,
                 payload["small"].tolist(), payload["text"], columns.flags.f_contiguous, float(columns[3, 5])]
        images += 1
        return [[found, shared > 0, len(os.listdir("/proc/self/fd")), shared]]
`,
  });
  const predictor = new PredictorProcess();
  t.teardown(() => predictor.kill());
  await predictor.start({
    command: hostCommand({ type: "python", python, cwd: dir }),
    cwd: dir,
    env: environment(),
    onLine: (line) => t.log(line),
  });
  await predictor.load({
    project_dir: dir,
    path: "predictor.py",
    type: "python",
    config: {},
    job_spec: JOB_SPEC,
    ...PROCESSES,
  });
  await predictor.construct({ timeoutMs: TIMEOUT_MS });
  const outputs = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      predictor.predict({ batchId: `${n}-1`, items: [String(n)], timeoutMs: 60_000 }),
    ),
  );
  const open = new Set<number>();
  for (const [n, { lines }] of outputs.entries()) {
    const [found, isShared, fds, mapped] = JSON.parse(lines[0] as string) as [
      unknown[],
      boolean,
      number,
      number,
    ];
    const expected = ["float32", [8, 64, 64], n * 8 * 64 * 64, true, [0, 1, 2], "é".repeat(n), true, 605];
    t.deepEqual(found, expected);
    t.true(isShared);
    t.true(mapped <= 8, `${mapped} areas are mapped`);
    open.add(fds);
  }
  t.true(Math.max(...open) - Math.min(...open) <= 8, `descriptors: ${[...open].join(", ")}`);
  t.deepEqual(await predictor.stop(), { exitCode: 0, signal: null });
});
