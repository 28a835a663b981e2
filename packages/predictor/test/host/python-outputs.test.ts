import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";
import { FRAMEWORKS_PYTHON, hasModule } from "../support/frameworks.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const TABLES = join(import.meta.dirname, "..", "python");
const LIBRARIES = [
  "numpy==2.4.6",
  "ml-dtypes==0.6.0",
  "pandas==3.1.1",
  "polars==2.1.0",
  "pyarrow==26.0.1",
  "pydantic==2.14.4",
];
const FRAMEWORKS = ["torch", "jax", "tensorflow"];

function python(): Promise<string> {
  return pythonWith(LIBRARIES, { cacheDirectory: join(ROOT, ".cache"), name: "output-tools" });
}

/** Compares every output of a table with the text that is expected of it. */
async function assertTable(t: ExecutionContext, interpreter: string, table: string): Promise<void> {
  t.timeout(600_000);
  const { stdout } = await run(interpreter, [join(TABLES, `${table}_outputs.py`)]);
  const { count, wrong } = JSON.parse(stdout) as { readonly count: number; readonly wrong: object };
  t.deepEqual(wrong, {});
  t.true(count >= 9, `${count} cases`);
}

test("encode_output() writes what Python's own classes hold, or names what JSON cannot hold", async (t) => {
  await assertTable(t, "python3", "plain");
});

for (const table of ["numpy", "table", "pydantic"]) {
  test(`encode_output() writes what the ${table} classes of today hold`, async (t) => {
    await assertTable(t, await python(), table);
  });
}

for (const framework of FRAMEWORKS) {
  const isThere = hasModule(framework);
  const reason = isThere ? "" : ` (skipped: ${FRAMEWORKS_PYTHON} has no module ${framework})`;
  (isThere ? test : test.skip)(`encode_output() writes what ${framework} holds${reason}`, async (t) => {
    await assertTable(t, FRAMEWORKS_PYTHON, framework);
  });
}
