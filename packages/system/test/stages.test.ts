import test from "ava";
import {
  deployPython,
  deployTypeScript,
  FIRST_PY,
  numbers,
  rowsOf,
  runJob,
  sharedPlatform,
  startPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);
const ITEMS = 300;
/** Items that always fail, and with which code. */
const ALWAYS: Readonly<Record<number, string>> = {
  77: "predictor_crashed",
  78: "broken",
  79: "predictor_error",
};

/** An item is doubled by each stage; some of them kill, hang or raise, once or always. */
const SOURCE = `
import os, time
from millrace import ItemError
class PythonPredictor:${FIRST_PY}    def preprocess(self, payload, batch_id):
        for item in payload:
            if item == 77: os.kill(os.getpid(), 9)
            if item == 79: raise ValueError("cannot be read")
            if item == 120 and self.first(item): time.sleep(1000)
            if item == 140 and self.first(item): os.kill(os.getpid(), 9)
        return [ItemError("broken", "is broken") if item == 78 else {"n": item, "page": bytearray(40000)} for item in payload]
    def predict(self, payload, batch_id):
        time.sleep(0.005)
        for item in payload:
            if item["n"] == 180 and self.first(180): os.kill(os.getpid(), 9)
            if item["n"] == 200 and self.first(200): raise MemoryError("no more")
        return [2 * item["n"] for item in payload]
    def postprocess(self, output, batch_id):
        for n in output:
            if n == 460 and self.first(n): os._exit(3)
        return [2 * n for n in output]
`;

for (const backend of ["local", "aws"] as const) {
  for (const mode of ["thread", "process"] as const) {
    test(`${backend}: what dies, hangs or raises in a stage (mode ${mode}) costs the guilty items alone`, async (t) => {
      const own = await startPlatform(t, { aws: backend === "aws" });
      await deployPython(own, "staged", SOURCE, {
        predictor: { concurrency: 16, preprocess: { workers: 3, mode } },
      });
      const done = `${own.files}/done`;
      const body = numbers(ITEMS, { batch_size: 4, workers: 2, config: { done }, batch_timeout: 10 });
      const job = await runJob(own, "staged", body);
      const rows = (await rowsOf(job)) as readonly {
        index: number;
        output?: unknown;
        error?: { code: string; message: string };
      }[];
      t.deepEqual(
        rows.map(({ error, output }) => error?.code ?? output),
        Array.from({ length: ITEMS }, (_, i) => ALWAYS[i] ?? 4 * i),
      );
      t.regex(rows[79]?.error?.message ?? "", /^ValueError: in preprocess: cannot be read$/);
      t.is(job.status.job_status.status, "completed_with_failures");
    });
  }
}

test("a job says that predict waited for preprocess, and what to widen", async (t) => {
  const slow = `
import time
class PythonPredictor:
    def preprocess(self, payload):
        time.sleep(0.4)
        return payload
    def predict(self, payload): return payload
`;
  await deployPython(platform(), "slow", slow);
  const job = await runJob(platform(), "slow", numbers(40, { batch_size: 2 }));
  const { time, advice } = job.status.job_status;
  t.true((time?.preprocessing ?? 0) > 2, JSON.stringify(time));
  t.true((time?.preprocessing ?? 0) > 10 * (time?.predicting ?? 0), JSON.stringify(time));
  t.regex(advice ?? "", /went into preprocess while predict waited: more predictor\.preprocess\.workers/);
});

for (const runtime of ["node", "deno"] as const) {
  test(`TypeScript's stages overlap on ${runtime}, and errors in lists stay their items'`, async (t) => {
    const source = `
import { ItemError } from "@millrace/predictor";
const later = (value) => new Promise((resolve) => setTimeout(resolve, 5, value));
export class Predictor {
  preprocess(payload: number[]) {
    return later(payload.map((n) => (n % 50 === 7 ? new ItemError("seven", "ends in seven") : 2 * n)));
  }
  predict(payload: number[]) { return later(payload.map((n) => 2 * n)); }
  async postprocess(output: number[]) { return output.map((n) => 2 * n); }
}
`;
    const own = await startPlatform(t, { runtime });
    await deployTypeScript(own, "staged-ts", source);
    const job = await runJob(own, "staged-ts", numbers(ITEMS, { batch_size: 7, workers: 2 }));
    const rows = (await rowsOf(job)) as readonly { output?: unknown; error?: { code: string } }[];
    t.deepEqual(
      rows.map(({ error, output }) => error?.code ?? output),
      Array.from({ length: ITEMS }, (_, i) => (i % 50 === 7 ? "seven" : 8 * i)),
    );
  });
}
