import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { failure, running, source, TIMEOUT_MS, TYPES } from "./harness.ts";

for (const type of TYPES) {
  const say = (typescript: string, python: string) => (type === "python" ? python : typescript);

  test(`${type}: construct() is predictor_init_failed when the constructor raises`, async (t) => {
    const construct = say('throw new Error("no model");', 'raise RuntimeError("no model")');
    const run = await running(t, {
      type,
      text: source(type, { construct, predict: "return 1" }),
      construct: false,
    });
    const error = await failure(t, run.process.construct({ timeoutMs: TIMEOUT_MS }));
    t.is(error.code, "predictor_init_failed");
    t.is(error.message, "no model");
    t.regex(String(error.details.traceback), /predictor\.(ts|py)/);
  });

  for (const [what, text] of Object.entries(
    say("typescript", "python") === "python"
      ? {
          generator: "def predict(self, payload): yield 1",
          "async generator": "async def predict(self, payload): yield 1",
        }
      : {
          generator: "*predict(items) { yield 1; }",
          "async generator": "async *predict(items) { yield 1; }",
          "generator as a hook": "predict(items) { return items; } *onJobComplete() { yield 1; }",
        },
  )) {
    test(`${type}: load() is predictor_not_loadable when a method is an ${what}`, async (t) => {
      const head = say("export class Predictor", "class PythonPredictor:\n   ");
      const error = await failure(
        t,
        running(t, { type, text: say(`${head} { ${text} }`, `${head} ${text}`) }),
      );
      t.is(error.code, "predictor_not_loadable");
      t.regex(error.message, /Cannot use .*(predict|on_?job_?complete).*: it is an? (async|generator)/i);
    });
  }

  for (const [what, text, expected] of [
    [
      "the module raises",
      say('throw new Error("broken import");', 'raise RuntimeError("broken import")'),
      /broken import/,
    ],
    ["the syntax is wrong", "class {", /./],
    [
      "there is no predictor",
      say("export const x = 1;", "x = 1"),
      /Cannot find a predictor in "predictor\.(ts|py)"/,
    ],
    [
      "there is no predict",
      say("export class Predictor {}", "class PythonPredictor: pass"),
      /no method predict/,
    ],
  ] as const) {
    test(`${type}: load() is predictor_not_loadable when ${what}`, async (t) => {
      const error = await failure(t, running(t, { type, text }));
      t.is(error.code, "predictor_not_loadable");
      t.regex(`${error.message}`, expected as RegExp);
    });
  }

  test(`${type}: complete() runs the hook, and reports what it raises`, async (t) => {
    const text = source(type, {
      top: say('import { writeFileSync } from "node:fs";', ""),
      predict: "return items",
      complete: say(
        'writeFileSync("done", "yes"); if (this.config.fail) throw new Error("webhook down");',
        'open("done", "w").write("yes")\nif self.config.get("fail"): raise RuntimeError("webhook down")',
      ),
    });
    const good = await running(t, { type, text });
    await good.process.complete({ timeoutMs: TIMEOUT_MS });
    t.is(readFileSync(join(good.dir, "done"), "utf8"), "yes");
    const bad = await running(t, { type, text, config: { fail: true } });
    const error = await failure(t, bad.process.complete({ timeoutMs: TIMEOUT_MS }));
    t.is(error.code, "predictor_error");
    t.is(error.message, "webhook down");
  });

  test(`${type}: complete() does nothing when there is no hook`, async (t) => {
    const run = await running(t, { type, text: source(type, { predict: "return items" }) });
    await t.notThrowsAsync(run.process.complete({ timeoutMs: TIMEOUT_MS }));
  });

  test(`${type}: stop() lets the process exit and is idempotent`, async (t) => {
    const text = source(type, {
      top: say(
        'import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync("bye", ""));',
        'import atexit\natexit.register(lambda: open("bye", "w").close())',
      ),
      predict: "return items",
    });
    const run = await running(t, { type, text });
    await Promise.all([run.process.stop(), run.process.stop()]);
    await run.process.kill();
    t.true(existsSync(join(run.dir, "bye")));
    t.true(run.process.peakMemoryBytes > 5_000_000);
    t.is(run.process.pid, undefined);
    const error = await failure(t, run.predict("b", [1]));
    t.is(error.code, "unavailable");
    t.false(error.details.guilty);
  });

  test(`${type}: predict() passes 40 MB in and out`, async (t) => {
    const run = await running(t, { type, text: source(type, { predict: "return items" }) });
    const item = "x".repeat(20_000_000);
    const output = await run.predict("b", [item, item]);
    t.true(output.lines.every((line) => line.length === item.length + 2));
  });

  test(`${type}: predict() returns the right output for thousands of batches with four in flight`, async (t) => {
    const run = await running(t, { type, text: source(type, { predict: "return items" }) });
    let sent = 0;
    const lane = async () => {
      while (sent < 4_000) {
        const item = sent++;
        const { lines } = await run.predict(`${item}`.padStart(12, "0"), [item]);
        if (lines[0] !== String(item)) t.fail(`batch ${item} has ${lines[0]}`);
      }
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    t.is(sent, 4_000);
  });
}
