import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";

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
/** Frameworks of more than 300 MB, which are tested where this interpreter has them. */
const FRAMEWORKS = ["torch", "jax", "tensorflow"];
const FRAMEWORKS_PYTHON = process.env.MILLRACE_FRAMEWORKS_PYTHON ?? "python3";

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

/** Synchronous, because ava wants to know all tests at once. */
function has(module: string): boolean {
  const find = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`;
  return spawnSync(FRAMEWORKS_PYTHON, ["-c", find]).status === 0;
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
  const isThere = has(framework);
  const reason = isThere ? "" : ` (skipped: ${FRAMEWORKS_PYTHON} has no module ${framework})`;
  (isThere ? test : test.skip)(`encode_output() writes what ${framework} holds${reason}`, async (t) => {
    await assertTable(t, FRAMEWORKS_PYTHON, framework);
  });
}
