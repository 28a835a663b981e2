import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { descriptorBudget } from "../../src/descriptors/descriptor-budget.ts";

const MODULE = fileURLToPath(new URL("../../src/descriptors/descriptor-budget.ts", import.meta.url));

test("descriptorBudget() never exceeds the limit, and has a file for each connection", (t) => {
  for (const limit of [128, 256, 1_024, 20_000, Number.MAX_SAFE_INTEGER]) {
    const { reserve, connections, openJobs } = descriptorBudget(limit);
    t.true(48 + reserve + 2 * connections + 2 * 3 * openJobs <= limit, String(limit));
    t.true(connections >= 8 && openJobs >= 1 && reserve >= 16, String(limit));
  }
  const { connections, openJobs } = descriptorBudget(Number.MAX_SAFE_INTEGER);
  t.deepEqual([connections, openJobs], [10_000, 64]);
});

test("descriptorLimit() is the process's limit of open files", (t) => {
  const code = `import(${JSON.stringify(MODULE)}).then(({ descriptorLimit }) => console.log(descriptorLimit()))`;
  const script = 'ulimit -n "$1"; exec "$2" -e "$3"';
  const limit = (most: string) =>
    execFileSync("bash", ["-c", script, "bash", most, process.execPath, code], { encoding: "utf8" }).trim();
  t.is(limit("200"), "200");
  t.is(limit("777"), "777");
});
