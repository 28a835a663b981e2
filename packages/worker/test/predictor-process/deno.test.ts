import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { project, source, TYPES } from "./harness.ts";

const DENO = join(import.meta.dirname, "../../../../node_modules/.bin/deno");

for (const type of TYPES) {
  test(`${type}: predictors run, print, fail, crash and hang under Deno as under Node`, async (t) => {
    const text =
      type === "typescript"
        ? `import { twice } from "needed";
           console.log("loaded");
           export class Predictor {
             async predict(items) {
               console.log("predicting", items[0]); process.stdout.write("raw\\n");
               if (items[0] === "raise") throw new Error("raised");
               if (items[0] === "hang") for (;;);
               if (items[0] === "exit") process.exit(4);
               return items.map(twice);
             }
           }`
        : source("python", {
            top: 'print("loaded")',
            predict: `print("predicting", items[0]); print("raw")
if items[0] == "raise": raise ValueError("raised")
while items[0] == "hang": pass
if items[0] == "exit": raise SystemExit(4)
return [2 * i for i in items]`,
          });
    const dir = project(t, {
      [type === "python" ? "predictor.py" : "predictor.ts"]: text,
      "package.json": '{ "type": "module", "dependencies": { "needed": "1.0.0" } }',
      "node_modules/needed/package.json":
        '{ "name": "needed", "version": "1.0.0", "type": "module", "main": "main.js" }',
      "node_modules/needed/main.js": "export const twice = (x) => 2 * x;",
    });
    const script = join(import.meta.dirname, "deno-script.ts");
    const { stdout } = await promisify(execFile)(
      DENO,
      ["run", "-A", "--no-lock", "--node-modules-dir=manual", script, type, dir],
      { timeout: 50_000 },
    );
    t.deepEqual(JSON.parse(stdout), {
      methods: ["predict"],
      outputs: ["2", "4"],
      raised: ["predictor_error", "raised"],
      exited: [
        ["predictor_crashed", 4, true],
        ["predictor_crashed", 4, false],
      ],
      hung: ["batch_timeout", true],
      lines: ["loaded", "predicting 1", "raw", "predicting raise", "raw", "predicting exit", "raw"],
    });
  });
}
