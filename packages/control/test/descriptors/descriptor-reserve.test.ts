import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";

const MODULE = fileURLToPath(new URL("../../src/descriptors/descriptor-reserve.ts", import.meta.url));

/** Runs in a process of its own, which may have 100 descriptors open; prints what became of the reserve. */
const SCRIPT = `
import { closeSync, openSync } from "node:fs";
import { DescriptorReserve } from ${JSON.stringify(MODULE)};
const warnings = [];
const logger = { warn: (message) => warnings.push(message) };
const until = async (condition) => { while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20)); };
const reserve = new DescriptorReserve({ size: 20, logger });
console.log("held", reserve.held);
const taken = [];
const takeAll = () => { for (;;) try { taken.push(openSync("/dev/null")); } catch (error) { return error.code; } };
console.log(takeAll());
await until(() => reserve.held === 0);
console.log("given", warnings.length);
const ours = Array.from({ length: 20 }, () => openSync("/dev/null"));
console.log("opened", ours.length);
for (const one of [...taken, ...ours]) closeSync(one);
await until(() => reserve.held === 20);
console.log("filled");
reserve.stop();
console.log("held", reserve.held);
`;

test("DescriptorReserve releases its descriptors when none can be opened, and refills", async (t) => {
  const command = [
    "-c",
    'ulimit -n 100; exec "$1" --input-type=module-typescript -e "$2"',
    "bash",
    process.execPath,
  ];
  const { stdout } = await promisify(execFile)("bash", [...command, SCRIPT], { timeout: 50_000 });
  t.deepEqual(stdout.trim().split("\n"), ["held 20", "EMFILE", "given 1", "opened 20", "filled", "held 0"]);
});
