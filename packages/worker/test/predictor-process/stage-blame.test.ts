import test from "ava";
import { failure, running, sourcesIn, until } from "./harness.ts";

const PROCESSES = { preprocess: { workers: 2, mode: "process" } } as const;

for (const [type, mode] of [
  ["typescript", "thread"],
  ["python", "thread"],
  ["python", "process"],
] as const) {
  const { say } = sourcesIn(type);

  test(`${type}, ${mode}: a batch that waits for preprocess has all its time when its turn comes`, async (t) => {
    const text = say(
      `export class Predictor {
        async preprocess(payload) { await new Promise((r) => setTimeout(r, 900)); return payload; }
        predict(payload) { return payload; }
      }`,
      `import time
class PythonPredictor:
    def preprocess(self, payload):
        time.sleep(0.9)
        return payload
    def predict(self, payload): return payload
`,
    );
    const run = await running(t, { type, text, preprocess: { workers: 1, mode } });
    // Three are started at once; the last one waits longer than its own time.
    const outputs = await Promise.all([0, 1, 2, 3, 4].map((n) => run.predict(`${n}-1`, [n], 3_000)));
    t.is(outputs.length, 5);
  });
}

test("the death of a stage's process is told at once with its batch, also while predict is busy", async (t) => {
  const text = `import os, time
class PythonPredictor:
    def preprocess(self, payload):
        if payload[0] == "die":
            while not os.path.exists("predicting"): time.sleep(0.01)
            os.kill(os.getpid(), 9)
        return payload
    def predict(self, payload):
        if payload[0] == "long":
            open("predicting", "w").close()
            time.sleep(1000)
        return payload
`;
  const run = await running(t, { type: "python", text, ...PROCESSES });
  const [long, dead] = await Promise.all([
    failure(t, run.predict("0-1", ["long"], 3_600_000)),
    failure(t, run.predict("1-1", ["die"], 3_600_000)),
  ]);
  t.deepEqual([long.details.guilty, long.details.suspect], [false, undefined]);
  t.like(dead, { code: "predictor_crashed", details: { guilty: true } });
  t.regex(dead.message, /preprocessing batch "1-1".* SIGKILL/);
});

test("values that cannot be built again cost no process", async (t) => {
  const text = `class Evil:
    def __reduce__(self): return (explode, ())
def explode(): raise EOFError("cannot be built again")
class PythonPredictor:
    def preprocess(self, payload): return [Evil()] if payload[0] == "evil" else payload
    def predict(self, payload): return payload
`;
  const run = await running(t, { type: "python", text, ...PROCESSES });
  for (let n = 0; n < 5; n++) {
    t.regex((await failure(t, run.predict(`${n}-1`, ["evil"]))).message, /cannot be built again/);
  }
  t.deepEqual((await run.predict("9-1", [1])).lines, ["1"]);
});

test("an exception that breaks the rules of its class still fails its batch alone", async (t) => {
  const text = `from millrace import ItemError
class Half(ItemError):
    def __init__(self): pass
class PythonPredictor:
    def preprocess(self, payload):
        if payload[0] == "half": raise Half()
        return payload
    def predict(self, payload): return payload
`;
  const run = await running(t, { type: "python", text });
  t.is((await failure(t, run.predict("0-1", ["half"]))).code, "predictor_error");
  t.deepEqual((await run.predict("1-1", [1])).lines, ["1"]);
});

test("TypeScript: an error that nothing catches makes suspects of all calls in flight", async (t) => {
  const text = `
export class Predictor {
  async predictItem(item) {
    if (item === "late") setTimeout(() => { throw new TypeError("from a timer"); }, 300);
    await new Promise((resolve) => setTimeout(resolve, 1_000_000));
  }
}`;
  const run = await running(t, { type: "typescript", text, concurrency: 2 });
  const errors = await Promise.all(
    ["late", "other"].map((item, n) => failure(t, run.predict(`${n}-1`, [item], 3_600_000))),
  );
  t.deepEqual(
    errors.map(({ details }) => [details.guilty, details.suspect]),
    [
      [false, true],
      [false, true],
    ],
  );
});

test("TypeScript: a stage may return an array of promises", async (t) => {
  const text = `
export class Predictor {
  preprocess(payload) {
    return payload.map(async (n) => { if (n === 2) throw new TypeError("two"); return n + 1; });
  }
  predict(payload) { return payload.map((n) => n * 10); }
}`;
  const run = await running(t, { type: "typescript", text });
  t.deepEqual((await run.predict("0-2", [0, 1])).lines, ["10", "20"]);
  t.is((await failure(t, run.predict("2-1", [2]))).message, "in preprocess: two");
});

test("a predictor that is being killed takes no more calls", async (t) => {
  const text = "import time\nclass PythonPredictor:\n    def predict(self, payload): time.sleep(1000)\n";
  const run = await running(t, { type: "python", text });
  const hanging = failure(t, run.predict("0-1", [0], 300));
  await until(() => run.process.pid === undefined);
  t.like(await failure(t, run.predict("1-1", [1])), { details: { guilty: false } });
  t.is((await hanging).code, "batch_timeout");
});
