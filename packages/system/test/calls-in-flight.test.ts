import test from "ava";
import {
  assertEachOnce,
  deployPython,
  deployTypeScript,
  FIRST_PY,
  failuresOf,
  finished,
  logOf,
  numbers,
  rowsOf,
  runJob,
  sharedPlatform,
  startPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);
const ITEMS = 300;

/** Counts the calls of each item in files, since predictors may die. */
const COUNTED_PY = `
import asyncio, os, random
from millrace import ItemError, RetryLater
class PythonPredictor:
    def __init__(self, config, job_spec):
        self.calls = config["calls"]
        os.makedirs(self.calls, exist_ok=True)
    def count(self, item):
        with open(os.path.join(self.calls, str(item)), "a") as file:
            file.write("x")
        return os.path.getsize(os.path.join(self.calls, str(item)))
`;

const CALL = (extra: string) => `${COUNTED_PY}
    async def predict_item(self, item, item_id):
        calls = self.count(item)
        await asyncio.sleep(random.random() / 20)
        ${extra.split("\n").join("\n        ")}
        return {"item": item, "id": item_id}
`;

const PREDICTOR_TS = `
import { ItemError } from "@millrace/predictor";
export class Predictor {
  async predictItem(item: number, itemId: string): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    if (item % 50 === 7) throw new ItemError("seven", "ends in seven", { details: { item } });
    return { item, id: itemId };
  }
}
`;

test("items of predict_item are tried, refused and put off each by itself, and a retry takes the failed ones alone", async (t) => {
  const extra = `if item % 50 == 7: raise ItemError("seven", "ends in seven", {"item": item})
if item % 50 == 8: raise ValueError("always")
if item % 50 == 9 and calls == 1: raise ValueError("once")
if item % 50 == 10 and calls == 1: raise RetryLater(0.2)`;
  await deployPython(platform(), "items", CALL(extra));
  const calls = `${platform().files}/calls-items`;
  const job = await runJob(platform(), "items", numbers(ITEMS, { batch_size: 40, config: { calls } }));
  t.is(job.status.job_status.status, "completed_with_failures");
  const rows = await rowsOf(job);
  t.is(rows.length, ITEMS);
  for (const { index, output, error } of rows as readonly {
    index: number;
    output?: unknown;
    error?: object;
  }[]) {
    if (index % 50 === 7) {
      t.deepEqual(error, { code: "seven", message: "ends in seven", attempts: 1, details: { item: index } });
    } else if (index % 50 === 8) {
      t.deepEqual(error, { code: "predictor_error", message: "ValueError: always", attempts: 3 });
    } else t.deepEqual(output, { item: index, id: String(index) });
  }
  t.deepEqual(job.status.metrics.items, {
    total: ITEMS,
    succeeded: ITEMS - 12,
    failed: 12,
  });
  const failures = await failuresOf(job);
  t.is(failures.length, 12);
  t.deepEqual(
    failures.map(({ payload }) => payload),
    failures.map(({ index }) => index),
  );
  await deployPython(platform(), "items", CALL(""));
  const { job_id } = await platform().client.retry("items", job.jobId);
  const child = await finished({ platform: platform(), endpoint: "items", jobId: job_id });
  t.is(child.status.job_status.status, "succeeded");
  t.is(child.status.metrics.items.total, 12);
  assertEachOnce(t, await rowsOf(child), ITEMS);
});

test("RetryLater slows a worker down, which the log, the status and the metrics say", async (t) => {
  const source = `
import asyncio, time
from millrace import RetryLater
class PythonPredictor:
    started = None
    async def predict_item(self, item):
        self.started = self.started or time.monotonic()
        await asyncio.sleep(0.01)
        if time.monotonic() - self.started < 1: raise RetryLater(0.3)
        return item
`;
  await deployPython(platform(), "busy", source);
  const job = await runJob(platform(), "busy", numbers(100, { batch_size: 10 }));
  const { status, advice, call_limits, worker_states } = job.status.job_status;
  t.is(status, "succeeded");
  t.is(worker_states[0]?.failed_attempts, 0);
  const { retry_later } = call_limits;
  t.true(retry_later > 0);
  t.regex(
    advice ?? "",
    new RegExp(`^slowed down by the predictor's back-pressure: RetryLater was raised ${retry_later} times`),
  );
  t.is((await logOf(job)).split("slowed down by the predictor's back-pressure").length, 2);
  const headers = { authorization: `Bearer ${platform().token}` };
  const metrics = await fetch(`${platform().url}/metrics`, { headers });
  t.regex(
    await metrics.text(),
    new RegExp(`^millrace_retry_later_total\\{api="busy"\\} ${retry_later}$`, "m"),
  );
});

for (const runtime of ["node", "deno"] as const) {
  test(`TypeScript's predictItem does the same on ${runtime}`, async (t) => {
    const own = await startPlatform(t, { runtime });
    await deployTypeScript(own, "items-ts", PREDICTOR_TS, { predictor: { concurrency: 16 } });
    const job = await runJob(own, "items-ts", numbers(ITEMS, { batch_size: 40 }));
    const rows = (await rowsOf(job)) as readonly {
      index: number;
      output?: unknown;
      error?: { code: string };
    }[];
    t.deepEqual(
      rows.map(({ error, output }) => error?.code ?? output),
      Array.from({ length: ITEMS }, (_, i) => (i % 50 === 7 ? "seven" : { item: i, id: String(i) })),
    );
  });
}

for (const backend of ["local", "aws"] as const) {
  test(`${backend}: predictors that die, hang and run out of memory with 16 batches in flight cost the guilty item alone`, async (t) => {
    const own = await startPlatform(t, { aws: backend === "aws" });
    const source = `
import os, time
class PythonPredictor:${FIRST_PY}    def predict(self, payload, batch_id):
        time.sleep(0.01)
        for item in payload:
            if item == 77: os.kill(os.getpid(), 9)
            if item == 120 and self.first(item): time.sleep(1000)
            if item == 180 and self.first(item): raise MemoryError("no more")
            if item == 230 and self.first(item): os._exit(3)
        return payload
`;
    await deployPython(own, "flight", source, { predictor: { concurrency: 16 } });
    const done = `${own.files}/done`;
    const body = numbers(ITEMS, { batch_size: 4, workers: 2, config: { done }, batch_timeout: 10 });
    const job = await runJob(own, "flight", body);
    const rows = (await rowsOf(job)) as readonly {
      index: number;
      output?: unknown;
      error?: { code: string };
    }[];
    t.deepEqual(
      rows.map(({ error, output }) => error?.code ?? output),
      Array.from({ length: ITEMS }, (_, i) => (i === 77 ? "predictor_crashed" : i)),
    );
    t.is(job.status.job_status.status, "completed_with_failures");
  });
}
