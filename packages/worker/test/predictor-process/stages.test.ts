import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { itemError, type PredictOutput, type Stage } from "../../src/predictor-process/mod.ts";
import { failure, type Running, running, sourcesIn, type TYPES, until } from "./harness.ts";

type Type = (typeof TYPES)[number];
type Mode = "thread" | "process";

/** Where a stage's code runs. */
const WAYS: readonly { readonly type: Type; readonly mode: Mode }[] = [
  { type: "typescript", mode: "thread" },
  { type: "python", mode: "thread" },
  { type: "python", mode: "process" },
];

/** Each stage does what an item says for it, and adds its letter to the others. */
const STAGES_PY = `
import os, sys, time
from millrace import ItemError, RetryLater
def work(stage, payload):
    return [one(stage, item) for item in payload]
def one(stage, item):
    order = item.get(stage)
    if order == "error": return ValueError(f"{stage} cannot")
    if order == "final": return ItemError("bad", f"{stage} gave up", {"stage": stage})
    if order == "raise": raise ValueError(f"{stage} cannot")
    if order == "later": raise RetryLater(7)
    if order == "die": os.kill(os.getpid(), 9)
    if order == "leave": os._exit(3)
    if order == "exit": raise SystemExit(5)
    if order == "hang": time.sleep(1000)
    return {**item, "seen": item.get("seen", "") + stage[0:3]}
class PythonPredictor:
    def preprocess(self, payload, batch_id): return work("preprocess", payload)
    def predict(self, payload, batch_id): return work("predict", payload)
    def postprocess(self, output, batch_id): return work("postprocess", output)
`;
const STAGES_TS = `
import { ItemError, RetryLater } from "@millrace/predictor";
const work = (stage, payload) => payload.map((item) => {
  const order = item[stage];
  if (order === "error") return new TypeError(stage + " cannot");
  if (order === "final") return new ItemError("bad", stage + " gave up", { details: { stage } });
  if (order === "raise") throw new TypeError(stage + " cannot");
  if (order === "later") throw new RetryLater(7);
  if (order === "die") process.kill(process.pid, "SIGKILL");
  return { ...item, seen: (item.seen ?? "") + stage.slice(0, 3) };
});
const hang = (payload, stage) => payload.some((item) => item[stage] === "hang") && new Promise(() => {});
export class Predictor {
  async preprocess(payload, batchId) { await hang(payload, "preprocess"); return work("preprocess", payload); }
  async predict(payload, batchId) { await hang(payload, "predict"); return work("predict", payload); }
  async postprocess(output, batchId) { await hang(output, "postprocess"); return work("postprocess", output); }
}
`;

function start(t: ExecutionContext, { type, mode }: (typeof WAYS)[number]): Promise<Running> {
  const text = type === "python" ? STAGES_PY : STAGES_TS;
  return running(t, { type, text, preprocess: { workers: 2, mode } });
}

/** Outputs, or the codes and messages of errors. */
function outcomes({ mode, lines }: PredictOutput): readonly unknown[] {
  if (mode !== "outcomes") return lines.map((line) => JSON.parse(line) as unknown);
  return lines.map((line) => {
    if (line.startsWith("=")) return JSON.parse(line.slice(1)) as unknown;
    const { code, message, details } = itemError(line);
    return [code, message, details.item_code];
  });
}

for (const way of WAYS) {
  const { type, mode } = way;
  const where = mode === "process" ? `${type}, in processes` : type;
  const { say } = sourcesIn(type);

  test(`${where}: each stage gets what the one before returned`, async (t) => {
    const run = await start(t, way);
    const output = await run.predict("0-2", [{ n: 1 }, { n: 2 }]);
    t.deepEqual(outcomes(output), [
      { n: 1, seen: "preprepos" },
      { n: 2, seen: "preprepos" },
    ]);
    t.is(output.mode, "items");
    t.true((output.aroundMs?.preprocess ?? 0) > 0 && output.predictMs > 0);
    t.deepEqual(run.process.style, {
      unit: "batch",
      concurrency: 1,
      inFlight: 7,
      isStaged: true,
      preprocessWorkers: 2,
    });
  });

  test(`${where}: an error in a stage's list is its item's alone, and the next stage gets the others`, async (t) => {
    const run = await start(t, way);
    const items = [
      { preprocess: "error" },
      { n: 1 },
      { predict: "final" },
      { postprocess: "error" },
      { preprocess: "final" },
      { n: 5 },
    ];
    t.deepEqual(outcomes(await run.predict("0-6", items)), [
      ["predictor_error", "in preprocess: preprocess cannot", undefined],
      { n: 1, seen: "preprepos" },
      ["predictor_error", "predict gave up", "bad"],
      ["predictor_error", "postprocess cannot", undefined],
      ["predictor_error", "preprocess gave up", "bad"],
      { n: 5, seen: "preprepos" },
    ]);
    for (const stage of ["preprocess", "predict"] as const) {
      const all = outcomes(await run.predict("6-2", [{ [stage]: "error" }, { [stage]: "final" }]));
      t.deepEqual(
        all.map((one) => (one as string[])[0]),
        ["predictor_error", "predictor_error"],
        "nothing is left for the stages behind",
      );
    }
  });

  test(`${where}: what a stage raises fails its batch, and says which stage it was`, async (t) => {
    const run = await start(t, way);
    for (const stage of ["preprocess", "predict", "postprocess"] as const) {
      const prefix = stage === "predict" ? "" : `in ${stage}: `;
      const raised = await failure(t, run.predict("0-1", [{ [stage]: "raise" }]));
      t.is(raised.message, `${prefix}${stage} cannot`);
      t.regex(String(raised.details.traceback), new RegExp(`${stage} cannot`));
      t.true(raised.details.guilty);
      const later = await failure(t, run.predict("0-1", [{ [stage]: "later" }]));
      t.is(later.code, "retry_later");
      t.is(later.details.retry_after, 7);
    }
    t.deepEqual(outcomes(await run.predict("1-1", [{}])), [{ seen: "preprepos" }]);
  });

  test(`${where}: a preprocess that returns nothing fails its batch, a postprocess gives nothing`, async (t) => {
    const text = say(
      `export class Predictor {
        preprocess(payload) { if (payload[0]) return payload; }
        predict(payload) { return payload; }
        postprocess() {}
      }`,
      `class PythonPredictor:
    def preprocess(self, payload):
        if payload[0]: return payload
    def predict(self, payload): return payload
    def postprocess(self, output): pass
`,
    );
    const run = await running(t, { type, text, preprocess: { workers: 1, mode } });
    t.regex(
      (await failure(t, run.predict("0-1", [0]))).message,
      /^in preprocess: preprocess returned (None|undefined), expected what predict gets: return something$/,
    );
    t.is((await run.predict("1-1", [1])).mode, "none");
  });

  test(`${where}: a stage that hangs is named, and batches elsewhere are not charged`, async (t) => {
    for (const stage of ["preprocess", "predict", "postprocess"] as const) {
      const run = await start(t, way);
      const hanging = failure(t, run.predict("0-1", [{ [stage]: "hang" }], 1_500));
      const guilty = await hanging;
      t.is(guilty.code, "batch_timeout");
      const doing = { preprocess: "preprocessing", predict: "predicting", postprocess: "postprocessing" };
      t.regex(guilty.message, new RegExp(`${doing[stage]} batch "0-1": it took more than 1.5 s`));
    }
  });

  test(`${where}: a batch that waits for predict has all its time when its turn comes`, async (t) => {
    const text = say(
      `export class Predictor {
        preprocess(payload) { return payload; }
        async predict(payload) { await new Promise((r) => setTimeout(r, 900)); return payload; }
      }`,
      `import time
class PythonPredictor:
    def preprocess(self, payload): return payload
    def predict(self, payload):
        time.sleep(0.9)
        return payload
`,
    );
    const run = await running(t, { type, text, preprocess: { workers: 2, mode } });
    // The last one waits longer than its own time.
    const outputs = await Promise.all([0, 1, 2, 3, 4].map((n) => run.predict(`${n}-1`, [n], 3_000)));
    t.deepEqual(
      outputs.map(({ lines }) => lines),
      [["0"], ["1"], ["2"], ["3"], ["4"]],
    );
  });

  test(`${where}: while one batch is predicted, the next are preprocessed and the last is postprocessed`, async (t) => {
    // predict of one batch waits until the next one is preprocessed, postprocess until the next one is predicted.
    const text = say(
      `import { existsSync, writeFileSync } from "node:fs";
      const seen = async (name) => { while (!existsSync(name)) await new Promise((r) => setTimeout(r, 5)); };
      export class Predictor {
        async preprocess([n]) { writeFileSync("pre" + n, ""); return n; }
        async predict(n) { writeFileSync("pred" + n, ""); if (n < 3) await seen("pre" + (n + 1)); return n; }
        async postprocess(n) { if (n < 3) await seen("pred" + (n + 1)); return [n]; }
      }`,
      `import os, time
def seen(name):
    while not os.path.exists(name): time.sleep(0.005)
def touch(name): open(name, "w").close()
class PythonPredictor:
    def preprocess(self, payload):
        touch(f"pre{payload[0]}")
        return payload[0]
    def predict(self, payload):
        touch(f"pred{payload}")
        if payload < 3: seen(f"pre{payload + 1}")
        return payload
    def postprocess(self, output):
        if output < 3: seen(f"pred{output + 1}")
        return [output]
`,
    );
    const run = await running(t, { type, text, preprocess: { workers: 1, mode } });
    const outputs = await Promise.all([0, 1, 2, 3].map((n) => run.predict(`${n}-1`, [n], 60_000)));
    t.deepEqual(
      outputs.map(({ lines }) => lines),
      [["0"], ["1"], ["2"], ["3"]],
    );
  });

  test(`${where}: no more batches are preprocessed ahead than may be in flight`, async (t) => {
    const text = say(
      `import { appendFileSync, existsSync } from "node:fs";
      export class Predictor {
        preprocess([n]) { appendFileSync("ahead", "."); return n; }
        async predict(n) { while (!existsSync("go")) await new Promise((r) => setTimeout(r, 5)); return [n]; }
      }`,
      `import os, time
class PythonPredictor:
    def preprocess(self, payload):
        with open("ahead", "a") as file: file.write(".")
        return payload[0]
    def predict(self, payload):
        while not os.path.exists("go"): time.sleep(0.005)
        return [payload]
`,
    );
    const run = await running(t, { type, text, preprocess: { workers: 2, mode } });
    const stages: (Stage | undefined)[] = [];
    const asked = Array.from({ length: 20 }, (_, n) =>
      run.process.predict({
        batchId: `${n}-1`,
        items: [String(n)],
        timeoutMs: 60_000,
        onStage: (stage) => stages.push(stage),
      }),
    );
    const { inFlight } = run.process.style;
    await until(() => stages.filter((stage) => stage === undefined).length >= inFlight);
    t.is(readFileSync(join(run.dir, "ahead"), "utf8").length, inFlight);
    writeFileSync(join(run.dir, "go"), "");
    t.is((await Promise.all(asked)).length, 20);
  });

  test(`${where}: a predictor that dies in a stage makes a suspect only of what was in a stage`, async (t) => {
    for (const stage of ["preprocess", "predict", "postprocess"] as const) {
      const run = await start(t, way);
      const error = await failure(t, run.predict("0-1", [{ [stage]: "die" }]));
      t.is(error.code, "predictor_crashed");
      t.true(error.details.guilty);
      t.regex(error.message, /SIGKILL/);
      await run.process.gone;
    }
  });
}
