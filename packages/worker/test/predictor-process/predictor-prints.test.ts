import test from "ava";
import { running, sourcesIn, TYPES, until } from "./harness.ts";

for (const type of TYPES) {
  const { say, evil } = sourcesIn(type);

  test(`${type}: prints of the predictor and its children reach the log and never the frames`, async (t) => {
    const text = evil(
      'console.log("one"); process.stdout.write("two\\n"); execSync("echo three; cat", { stdio: "inherit" }); return [batchId];',
      'import os, subprocess\nprint("one")\nos.write(1, b"two\\n")\nsubprocess.run("echo three; cat", shell=True)\nreturn [batch_id]',
      say('import { execSync } from "node:child_process";', ""),
    );
    const run = await running(t, { type, text });
    t.deepEqual((await run.predict("b", ["evil"])).lines, ['"b"']);
    t.deepEqual((await run.predict("c", [7])).lines, ["7"]);
    await run.process.stop();
    t.deepEqual(run.lines, ["one", "two", "three"]);
  });

  test(`${type}: prints have the batch being predicted, if each batch took a millisecond`, async (t) => {
    const text = say(
      `const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      console.log("loading");
      export class Predictor {
        constructor() { console.log("constructing"); }
        async predict([item]: [string], batchId: string) {
          if (item === "raise") { console.log("before", batchId); await wait(5); throw new Error("it raises"); }
          console.error("first of", batchId);
          if (item === "slow") await wait(5);
          console.log("last of", batchId);
          process.stdout.write("rest of " + batchId);
          if (item === "slow") await wait(5);
          process.stdout.write("\\n\\n");
          return [1];
        }
        onJobComplete() { console.log("completing"); }
      }`,
      `import sys, time
print("loading")
class PythonPredictor:
    def __init__(self):
        print("constructing")
    def predict(self, payload, batch_id):
        if payload == ["raise"]:
            print("before", batch_id)
            time.sleep(0.005)
            raise ValueError("it raises")
        print("first of", batch_id, file=sys.stderr)
        if payload == ["slow"]:
            time.sleep(0.005)
        print("last of", batch_id)
        print("rest of", batch_id, end="")
        if payload == ["slow"]:
            time.sleep(0.005)
        print("\\n")
        return [1]
    def on_job_complete(self):
        print("completing")
`,
    );
    const run = await running(t, { type, text });
    await Promise.all([
      run.predict("000-1", ["slow"]),
      run.predict("001-1", ["raise"]).catch(() => {}),
      run.predict("002-1", ["slow"]),
      run.predict("003-1", ["fast"]),
      run.predict("004-1", ["fast"]),
    ]);
    await run.process.complete({ timeoutMs: 10_000 });
    await run.process.stop();
    const of = (batch: string) => ["first", "last", "rest"].map((word) => `${word} of ${batch}`).concat("");
    t.deepEqual(run.lines, [
      "loading",
      "constructing",
      ...of("000-1"),
      "before 001-1",
      ...of("002-1"),
      ...of("003-1"),
      ...of("004-1"),
      "completing",
    ]);
    const four = (batch: string | undefined) => [batch, batch, batch, batch];
    const expected = [undefined, undefined, ...four("000-1"), "001-1", ...four("002-1"), ...four("003-1")];
    t.deepEqual(run.batches.slice(0, expected.length), expected);
    t.is(run.batches.at(-1), undefined);
    for (const batch of run.batches.slice(expected.length, -1))
      t.true(batch === undefined || batch === "004-1");
  });

  test(`${type}: 50 MB of prints arrive completely, and wait for a slow reader`, async (t) => {
    const text = evil(
      'for (let i = 0; i < 5e4; i++) process.stdout.write(i + " " + "x".repeat(1000) + "\\n"); return ["printed"];',
      'for i in range(50000): print(i, "x" * 1000)\nreturn ["printed"]',
    );
    let taken = 0;
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const onLine = async (line: string) => {
      if (Number.parseInt(line, 10) === taken) taken++;
      if (taken === 10) await gate;
    };
    const run = await running(t, { type, text, onLine });
    let isPrinted = false;
    const printed = run.predict("b", ["evil"]).finally(() => {
      isPrinted = true;
    });
    await until(() => taken === 10);
    // All of it is printed in a fraction of this time when nobody holds it back. Python then waits in print;
    // Node keeps the rest in the predictor's own memory.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    t.is(taken, 10);
    if (type === "python") t.false(isPrinted);
    open?.();
    t.deepEqual((await printed).lines, ['"printed"']);
    await until(() => taken === 50_000);
    await run.process.stop();
  });
}
