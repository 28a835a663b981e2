import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../harness.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Stands for the program of the infrastructure: says what it was called with, and does as it is told. */
const STUB = `
import { writeFileSync } from "node:fs";
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }));
if (process.env.STUB_RESULT) writeFileSync(process.env.MILLRACE_CLUSTER_RESULT, process.env.STUB_RESULT);
process.exit(Number(process.env.STUB_CODE ?? 0));
`;

function setUp(t: ExecutionContext) {
  const infra = temporaryDirectory(t, { "src/commands/main.ts": STUB });
  mkdirSync(join(infra, "node_modules"));
  writeFileSync(join(infra, "node_modules", ".modules.yaml"), "");
  const cwd = temporaryDirectory(t);
  const config = temporaryDirectory(t);
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, [MAIN, "cluster", ...args], {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env.PATH, MILLRACE_INFRA: infra, MILLRACE_CONFIG_HOME: config, ...env },
    });
  const environments = () => JSON.parse(readFileSync(join(config, "environments.json"), "utf8"));
  return { infra, cwd, run, environments };
}

test("cluster passes all arguments on, and returns the exit code", (t) => {
  const { cwd, run } = setUp(t);
  const up = run(["up", "--yes", "--file", "cluster.yaml", "--help"], { STUB_CODE: "75" });
  t.deepEqual(JSON.parse(up.stdout), { args: ["up", "--yes", "--file", "cluster.yaml", "--help"], cwd });
  t.is(up.status, 75);
});

test("cluster up saves the cluster as an environment, and down removes it", (t) => {
  const { run, environments } = setUp(t);
  const result = { cluster: "prod", url: "https://millrace.example.com", token: "t".repeat(64) };
  const up = run(["up"], { STUB_RESULT: JSON.stringify(result) });
  t.regex(up.stderr, /saved as environment "prod"/);
  t.false((up.stdout + up.stderr).includes(result.token));
  t.deepEqual(environments().services, { prod: { url: result.url, token: result.token } });
  run(["down"], { STUB_RESULT: JSON.stringify({ cluster: "prod", removed: true }) });
  t.deepEqual(environments().services, {});
});

test("a failed cluster command saves nothing", (t) => {
  const { run, environments } = setUp(t);
  const result = { cluster: "prod", url: "https://millrace.example.com", token: "t".repeat(64) };
  t.is(run(["up"], { STUB_RESULT: JSON.stringify(result), STUB_CODE: "1" }).status, 1);
  t.throws(environments);
});

test("cluster says where it looked when there is no infrastructure", (t) => {
  const { run } = setUp(t);
  const { status, stderr } = run(["info"], { MILLRACE_INFRA: "nowhere" });
  t.is(status, 2);
  t.regex(stderr, /Cannot find the infrastructure: there is no ".*nowhere\/src\/commands\/main\.ts"/);
});
