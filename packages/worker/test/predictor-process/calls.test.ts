import test from "ava";
import { itemError } from "../../src/predictor-process/mod.ts";
import { failure, running, sourcesIn, until } from "./harness.ts";

/** A call waits for as many files as its item says before it answers. */
const BARRIER_PY = `
import asyncio, os, threading, time
from millrace import ItemError, RetryLater
at_once, most, lock = 0, 0, threading.Lock()
def enter():
    global at_once, most
    with lock:
        at_once += 1
        most = max(most, at_once)
def leave():
    global at_once
    with lock:
        at_once -= 1
`;

const PYTHON = {
  "def predict": `${BARRIER_PY}
class PythonPredictor:
    def predict(self, payload, batch_id):
        enter()
        time.sleep(payload[0])
        leave()
        return [[x, most] for x in payload]
`,
  "async def predict": `${BARRIER_PY}
class PythonPredictor:
    async def predict(self, payload, batch_id):
        enter()
        await asyncio.sleep(payload[0])
        leave()
        return [[x, most] for x in payload]
`,
  "def predict_item": `${BARRIER_PY}
class PythonPredictor:
    def predict_item(self, item, item_id):
        enter()
        time.sleep(item)
        leave()
        return [item, most]
`,
  "async def predict_item": `${BARRIER_PY}
class PythonPredictor:
    async def predict_item(self, item):
        enter()
        await asyncio.sleep(item)
        leave()
        return [item, most]
`,
};

const TYPESCRIPT = {
  predict: `
let atOnce = 0, most = 0;
export class Predictor {
  async predict(payload) {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, payload[0] * 1000));
    atOnce--;
    return payload.map((x) => [x, most]);
  }
}`,
  predictItem: `
let atOnce = 0, most = 0;
export class Predictor {
  async predictItem(item) {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, item * 1000));
    atOnce--;
    return [item, most];
  }
}`,
};

for (const [type, texts] of [
  ["python", PYTHON],
  ["typescript", TYPESCRIPT],
] as const) {
  for (const [kind, text] of Object.entries(texts)) {
    test(`${type}: ${kind} runs as many calls at once as it may, and answers in any order`, async (t) => {
      const run = await running(t, { type, text, concurrency: 3 });
      const order: number[] = [];
      const seconds = [0.6, 0.3, 0.01, 0.01, 0.01];
      const answers = await Promise.all(
        seconds.map(async (s, i) => {
          const output = await run.predict(`00000000000${i}-1`, [s]);
          order.push(i);
          return JSON.parse(output.lines[0] as string) as [number, number];
        }),
      );
      t.deepEqual(
        answers.map(([s]) => s),
        seconds,
      );
      t.is(Math.max(...answers.map(([, most]) => most)), 3);
      t.not(order[0], 0, "the longest did not come first");
      t.is(run.process.style.concurrency, 3);
    });
  }

  const { say } = sourcesIn(type);

  test(`${type}: predict_item gets its item's custom_id, or its index`, async (t) => {
    const text = say(
      "export class Predictor { predictItem(item, itemId) { return [item, itemId]; } }",
      "class PythonPredictor:\n    def predict_item(self, item, item_id): return [item, item_id]\n",
    );
    const run = await running(t, { type, text });
    t.deepEqual(run.process.style.unit, "item");
    t.is(run.process.style.concurrency, 1);
    const answer = async (item: unknown) =>
      JSON.parse((await run.predict("000000000042-1", [item])).lines[0] as string) as unknown;
    t.deepEqual(await answer(7), [7, "42"]);
    t.deepEqual(await answer({ custom_id: "a" }), [{ custom_id: "a" }, "a"]);
  });

  test(`${type}: load() refuses a predictor with both predict and predict_item, or with neither`, async (t) => {
    const both = say(
      "export const Predictor = { predict: (x) => x, predictItem: (x) => x };",
      "class PythonPredictor:\n    def predict(self, payload): pass\n    async def predict_item(self, item): pass\n",
    );
    t.regex(
      (await failure(t, running(t, { type, text: both }))).message,
      /has both predict and predict_?item/i,
    );
    const neither = say("export class Predictor {}", "class PythonPredictor:\n    pass\n");
    t.regex((await failure(t, running(t, { type, text: neither }))).message, /has no method predict/);
  });

  test(`${type}: exceptions in a list are the failures of their items`, async (t) => {
    const text = say(
      `import { ItemError } from "@millrace/predictor";
       export class Predictor {
         predict(payload) {
           return Promise.allSettled(payload.map(async (x) => {
             if (x === 1) throw new TypeError("one");
             if (x === 2) throw new ItemError("two", "it is two", { details: { x } });
             return x;
           }));
         }
       }`,
      `import asyncio
from dataclasses import dataclass
from millrace import ItemError
@dataclass
class TypeError(Exception):
    text: str
    def __str__(self): return self.text
async def work(x):
    if x == 1: raise TypeError("one")
    if x == 2: raise ItemError("two", "it is two", {"x": x})
    return x
class PythonPredictor:
    async def predict(self, payload):
        return await asyncio.gather(*map(work, payload), return_exceptions=True)
`,
    );
    const run = await running(t, { type, text });
    const { mode, lines } = await run.predict("b", [0, 1, 2, 3]);
    t.is(mode, "outcomes");
    t.deepEqual([lines[0], lines[3]], ["=0", "=3"]);
    const [one, two] = [itemError(lines[1] as string), itemError(lines[2] as string)];
    t.like(one, { code: "predictor_error", message: "one" });
    t.is(one.details.type, "TypeError");
    t.like(two, { code: "predictor_error", message: "it is two" });
    t.like(two.details, { item_code: "two", item_details: { x: 2 }, is_final: true });
    t.is((await run.predict("b", [0, 3])).mode, "items", "values alone are a usual output");
  });

  test(`${type}: RetryLater is retry_later with its time, and refuses a time that is none`, async (t) => {
    const text = say(
      `import { RetryLater } from "@millrace/predictor";
       export class Predictor { predictItem(item) { throw new RetryLater(item); } }`,
      "from millrace import RetryLater\nclass PythonPredictor:\n    def predict_item(self, item): raise RetryLater(item)\n",
    );
    const run = await running(t, { type, text });
    const later = await failure(t, run.predict("0-1", [2.5]));
    t.is(later.code, "retry_later");
    t.is(later.details.retry_after, 2.5);
    t.is((await failure(t, run.predict("0-1", [1e300]))).code, "retry_later");
    for (const bad of [-1, "soon", null]) {
      const error = await failure(t, run.predict("0-1", [bad]));
      t.is(error.code, type === "typescript" && bad === null ? "retry_later" : "predictor_error");
    }
  });

  test(`${type}: an ItemError with a code or details that no row can hold is refused`, async (t) => {
    const text = say(
      `import { ItemError } from "@millrace/predictor";
       export class Predictor { predictItem(n) { throw new ItemError("x".repeat(n), "m", { details: "d".repeat(100_000) }); } }`,
      'from millrace import ItemError\nclass PythonPredictor:\n    def predict_item(self, item): raise ItemError("x" * item, "m", "d" * 100_000)\n',
    );
    const run = await running(t, { type, text });
    t.regex((await failure(t, run.predict("0-1", [10_000_000]))).message, /as the code of an ItemError/);
    t.regex((await failure(t, run.predict("0-1", [10]))).message, /details of an ItemError/);
  });

  test(`${type}: a call that ends the process is to blame where that is known, else all that run are suspects`, async (t) => {
    const text = say(
      `export class Predictor {
         async predictItem(item) {
           if (item === "die") process.kill(process.pid, "SIGKILL");
           await new Promise(() => setInterval(() => {}, 1000));
         }
       }`,
      `import asyncio, os
class PythonPredictor:
    async def predict_item(self, item):
        if item == "die": os.kill(os.getpid(), 9)
        if item == "exit": raise SystemExit(3)
        await asyncio.sleep(1000)
`,
    );
    const blame = async (items: readonly unknown[]) => {
      const run = await running(t, { type, text, concurrency: 2 });
      const errors = await Promise.all(items.map((item) => failure(t, run.predict("0-1", [item]))));
      return errors.map(({ details }) =>
        details.guilty ? "guilty" : details.suspect ? "suspect" : "behind",
      );
    };
    t.deepEqual(await blame(["wait", "die", "behind"]), ["suspect", "suspect", "behind"]);
    t.deepEqual(await blame(["die"]), ["guilty"]);
    if (type === "python")
      t.deepEqual(await blame(["wait", "exit", "behind"]), ["behind", "guilty", "behind"]);
  });

  test(`${type}: a call that takes too long is to blame, those beside it are not`, async (t) => {
    const text = say(
      "export class Predictor { async predictItem(s) { await new Promise((r) => setTimeout(r, s * 1000)); return s; } }",
      "import time\nclass PythonPredictor:\n    def predict_item(self, item):\n        time.sleep(item)\n        return item\n",
    );
    const run = await running(t, { type, text, concurrency: 2 });
    const hanging = failure(t, run.predict("0-1", [1000], 1_000));
    const beside = failure(t, run.predict("1-1", [1000], 100_000));
    const [guilty, other] = await Promise.all([hanging, beside]);
    t.like(guilty, { code: "batch_timeout" });
    t.deepEqual(
      [guilty.details.guilty, other.details.guilty, other.details.suspect],
      [true, false, undefined],
    );
  });
}

test("python: a SystemExit in a thread's call ends the process with its reason", async (t) => {
  const text = `import time
class PythonPredictor:
    def predict_item(self, item):
        if item: raise SystemExit("no licence")
        time.sleep(0.5)
`;
  const run = await running(t, { type: "python", text, concurrency: 2 });
  const [beside, error] = await Promise.all(
    [run.predict("0-1", [0]), failure(t, run.predict("1-1", [1]))].map((p) => p.catch((e) => e)),
  );
  t.regex(String((error as Error).message), /no licence/);
  t.truthy(beside);
});

test("python: an async predictor that blocks its loop is told in the log, with the place", async (t) => {
  const text = `import time
class PythonPredictor:
    async def predict_item(self, item):
        time.sleep(7)
        return item
`;
  const run = await running(t, { type: "python", text });
  await run.predict("0-1", [1]);
  await until(() => run.lines.some((line) => line.includes("has blocked its event loop")));
  await until(() => run.lines.some((line) => line.includes("predictor.py")));
  t.pass();
});

test("python: an async hook runs in the loop of the calls, and a constructor and hook may use asyncio.run", async (t) => {
  const text = `import asyncio
class PythonPredictor:
    def __init__(self, config, job_spec):
        self.one = asyncio.run(self.value())
    async def value(self): return 1
    async def predict_item(self, item):
        self.loop = asyncio.get_running_loop()
        return self.one
    async def on_job_complete(self):
        print("same loop", self.loop is asyncio.get_running_loop())
`;
  const run = await running(t, { type: "python", text });
  t.deepEqual((await run.predict("0-1", [1])).lines, ["1"]);
  await run.process.complete({ timeoutMs: 60_000 });
  await until(() => run.lines.includes("same loop True"));
  t.is(run.process.style.concurrency, 32);
  const exit = await run.process.stop({ graceMs: 60_000 });
  t.is(exit?.exitCode, 0);
});
