import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";
import { FRAMEWORKS_PYTHON, hasModule } from "../support/frameworks.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const SCRIPT = join(import.meta.dirname, "..", "python", "gpu_memory.py");

async function assertTold(t: ExecutionContext, interpreter: string, library: string): Promise<void> {
  t.timeout(600_000);
  const { stdout } = await run(interpreter, [SCRIPT, library]);
  const { count, wrong } = JSON.parse(stdout) as { readonly count: number; readonly wrong: object };
  t.deepEqual(wrong, {});
  t.true(count >= 3, `${count} cases`);
}

test("describe() tells a full GPU by the class names and texts of libraries", async (t) => {
  await assertTold(t, "python3", "plain");
});

test("describe() tells when ONNX Runtime is out of memory", async (t) => {
  const options = { cacheDirectory: join(ROOT, ".cache"), name: "onnxruntime" };
  await assertTold(t, await pythonWith("onnxruntime==1.30.0", options), "onnxruntime");
});

for (const framework of ["torch", "jax", "tensorflow"]) {
  const isThere = hasModule(framework);
  const reason = isThere ? "" : ` (skipped: ${FRAMEWORKS_PYTHON} has no module ${framework})`;
  (isThere ? test : test.skip)(`describe() tells when ${framework} is out of memory${reason}`, async (t) => {
    await assertTold(t, FRAMEWORKS_PYTHON, framework);
  });
}
