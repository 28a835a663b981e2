import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { runProcess } from "@millrace/process-tree";

/**
 * Checks everything, fastest first: format and lint, types, boundaries, threats, dependencies, generated documents,
 * links, tests. `node scripts/check.ts core worker` runs the tests of those packages only, `static` everything except
 * tests. The last line counts all tests.
 */
const root = resolve(import.meta.dirname, "..");
const RUFF = "ruff==0.17.6";
const MAX_FAILURE_LINES = 60;
/** How many folders are tested at once: most tests wait for processes more than they compute. */
const LANES = Math.max(1, Math.min(4, availableParallelism()));
/** The folders whose tests take longest, which therefore start first. */
const LONGEST = ["system", "fresh-clone", "backend-aws", "control", "worker"];
/** Code that runs in browsers has other types than code for Node. */
const DASHBOARD = "packages/dashboard/src/app/tsconfig.json";

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

const only = process.argv.slice(2);
/** Failed steps with their output, shown again at the end. */
const failures = new Map<string, string>();
const counts = { passed: 0, failed: 0, skipped: 0 };
/** How many steps run at the same time. */
let lanes = 1;

if (only.length === 0 || only.includes("static")) {
  await step("format and lint", ["biome", "ci", "--colors=off", "."]);
  await step("types", ["tsc", "--noEmit", "-p", "tsconfig.json"]);
  await step("types of the dashboard", ["tsc", "--noEmit", "-p", DASHBOARD]);
  await step("boundaries", ["node", "scripts/boundaries.ts"]);
  await step("threats and their tests", ["node", "scripts/threats.ts"]);
  await step("dependencies", ["node", "scripts/dependencies/main.ts"]);
  await step("generated documents", ["node", "scripts/docs.ts", "--check"]);
  await step("links", ["node", "scripts/links/main.ts"]);
  await step("python format and lint", await ruff());
}
const waiting = (await foldersWithTests()).filter(([name]) => only.length === 0 || only.includes(name));
lanes = Math.min(LANES, waiting.length);
await Promise.all(Array.from({ length: lanes }, () => testInTurn()));
for (const [name, output] of failures) console.log(`\n== ${name} failed\n${failureLines(output)}`);
// A failed step that is not a test must show in the closing line too.
const failed = Math.max(counts.failed, failures.size);
console.log(
  `\n${counts.passed} passed, ${failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ""}`,
);
process.exit(failed === 0 && (counts.passed > 0 || only.length > 0) ? 0 : 1);

/** Tests one waiting folder after another. */
async function testInTurn(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, folder] = next;
    if (name === "infra" && !(await prepareInfra()).ok) continue;
    if (name === "system") await step("browser", ["node", "scripts/browser.ts"]);
    const { output } = await step(`tests of ${name}`, ["ava"], folder);
    count(output);
  }
}

/** Runs a command. Its output is shown as it arrives, or at its end if others run at the same time. */
async function step(name: string, command: readonly string[], cwd = root): Promise<Outcome> {
  const startedAt = Date.now();
  console.log(`\n== ${name}`);
  const isAlone = lanes <= 1;
  const outcome = await run(command, cwd, isAlone);
  if (!outcome.ok) failures.set(name, outcome.output);
  const took = `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
  if (!isAlone) console.log(`\n== ${name}, its output\n${outcome.output}`);
  console.log(`${outcome.ok ? "ok" : "FAILED"} in ${took}`);
  return outcome;
}

/** Runs a command in the workspace. */
async function run(command: readonly string[], cwd: string, isShown: boolean): Promise<Outcome> {
  const path = [join(cwd, "node_modules", ".bin"), join(root, "node_modules", ".bin"), process.env.PATH];
  const env = { ...process.env, PATH: path.join(":"), NO_COLOR: "1" };
  let output = "";
  const onOutput = (text: string) => {
    output += text;
    if (isShown) process.stdout.write(text);
  };
  try {
    const { code, signal } = await runProcess(command, { cwd, env, onOutput });
    // A test runner that crashes says nothing itself.
    if (code !== 0) onOutput(`\n${command[0]} ended with ${signal ?? `exit code ${code}`}\n`);
    return { ok: code === 0, output };
  } catch (error) {
    return { ok: false, output: String(error) };
  }
}

/** Names and folders of everything with tests: the packages, the infrastructure, some of the scripts. */
async function foldersWithTests(): Promise<readonly (readonly [string, string])[]> {
  const packages = (await readdir(join(root, "packages"))).sort().map((name) => join("packages", name));
  const scripts = ["images", "links", "dependencies", "bench", "fresh-clone"].map((name) =>
    join("scripts", name),
  );
  const found = [...packages, "infra", ...scripts].map(async (name) => {
    const folder = join(root, name);
    if (!existsSync(join(folder, "ava.config.js"))) return [];
    const files = await readdir(join(folder, "test"), { recursive: true }).catch(() => []);
    return files.some((file) => file.endsWith(".test.ts")) ? [[basename(folder), folder] as const] : [];
  });
  const rank = (name: string) => (LONGEST.indexOf(name) + LONGEST.length + 1) % (LONGEST.length + 1);
  return (await Promise.all(found)).flat().sort(([one], [other]) => rank(one) - rank(other));
}

/** The infrastructure is a separate workspace with some 660 MB that only its tests and users need. */
async function prepareInfra(): Promise<Outcome> {
  const install = ["npx", "-y", "pnpm@12", "--dir", "infra", "install", "--frozen-lockfile"];
  const installed = await step("installation of infra", install);
  if (!installed.ok) return installed;
  return step("types of infra", ["tsc", "--noEmit", "-p", join("infra", "tsconfig.json")]);
}

/** The last lines of an output without passed tests: in a long log, these are the relevant ones. */
function failureLines(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s*✔/.test(line));
  return lines.slice(-MAX_FAILURE_LINES).join("\n");
}

/** Reads ava's closing lines, such as `12 tests passed`. */
function count(output: string): void {
  for (const [, number, kind] of output.matchAll(
    /^\s*(\d+) (?:tests?|uncaught exceptions?|unhandled rejections?|known failures?) ?(passed|failed|skipped)?$/gm,
  )) {
    if (kind === "passed") counts.passed += Number(number);
    else if (kind === "skipped") counts.skipped += Number(number);
    else counts.failed += Number(number);
  }
}

/** The Python checks; ruff is installed once into a venv in the workspace's cache. */
async function ruff(): Promise<readonly string[]> {
  const venv = join(root, ".cache", "python-tools");
  const stamp = join(venv, "installed");
  if ((await readFile(stamp, "utf8").catch(() => "")) !== RUFF) {
    await mkdir(venv, { recursive: true });
    const script =
      'python3 -m venv --clear "$0" && "$0/bin/pip" install --quiet --disable-pip-version-check "$1"';
    const { ok } = await step("installation of ruff", ["sh", "-c", script, venv, RUFF]);
    if (ok) await writeFile(stamp, RUFF);
  }
  const program = join(venv, "bin", "ruff");
  const sources = [
    "packages/predictor/python",
    "packages/predictor/test/python",
    "packages/aws-emulator/python",
    "packages/system/python",
    "packages/parquet/test/python",
    "scripts/bench",
    "examples",
  ];
  return ["sh", "-c", `"$0" format --check ${sources.join(" ")} && "$0" check ${sources.join(" ")}`, program];
}
