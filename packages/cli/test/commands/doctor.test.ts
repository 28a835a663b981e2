import { spawnSync } from "node:child_process";
import { chmodSync, utimesSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { cliVersion } from "../../src/cli-version.ts";
import { spaceFinding } from "../../src/doctor/check-home.ts";
import { runtimeFinding } from "../../src/doctor/check-runtime.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { fakeService, millrace, problem, type RunOptions, TOKEN, temporaryDirectory } from "../harness.ts";

const VERSION = await cliVersion();
const READY = { "GET /readyz": { status: "ready" }, "GET /openapi.json": { info: { version: VERSION } } };

/** A machine of its own: a home, programs, and environments; `findings()` runs doctor there. */
function machine(t: ExecutionContext, files: Readonly<Record<string, string>> = {}) {
  const dir = temporaryDirectory(t, { ".millrace/token": TOKEN, "bin/none": "", ...files });
  const home = join(dir, ".millrace");
  chmodSync(join(home, "token"), 0o600);
  for (const path of Object.keys(files)) if (path.startsWith("bin/")) chmodSync(join(dir, path), 0o755);
  const env = { MILLRACE_CONFIG_HOME: join(dir, "config"), MILLRACE_PORT: "0" };
  const run = (args: readonly string[] = [], options: RunOptions = {}) =>
    millrace(["doctor", ...args], { cwd: dir, ...options, env: { ...env, ...options.env } });
  const findings = async (check: string, options: RunOptions & { readonly all?: boolean } = {}) => {
    const ran = await run(["-o", "json", ...(options.all ? ["--all"] : [])], options);
    const answer = ran.json() as { readonly ok: boolean; readonly findings: readonly Finding[] };
    t.is(ran.code, answer.ok ? 0 : 1);
    t.is(answer.ok, !answer.findings.some(({ state }) => state === "failed"));
    return answer.findings.filter((one) => one.check === check);
  };
  return { dir, home, env, run, findings };
}

test("doctor reports each check, and exits with 0 when nothing failed", async (t) => {
  const { url } = await fakeService(t, READY);
  const { run, home } = machine(t);
  const { code, stdout } = await run([], { url });
  t.is(code, 0, stdout);
  t.regex(stdout, new RegExp(`^ok +millrace +${VERSION}\n(ok|warning) +runtime +(Node|Deno) \\d+`));
  t.regex(stdout, new RegExp(`ok +service +${url} is ready \\(version ${VERSION}\\)`));
  t.true(stdout.includes(`only its owner can read ${home}/token`));
  t.regex(stdout, /\n0 failed, \d+ warnings?\n$/);
});

test("doctor fails, with what to do, when others can read the token", async (t) => {
  const { home, findings, run } = machine(t);
  chmodSync(join(home, "token"), 0o644);
  const [token] = await findings("token");
  t.is(token?.state, "failed");
  t.regex(token?.message ?? "", /mode 0644, expected 0600/);
  t.is(token?.advice, `chmod 600 ${home}/token`);
  const { code, stdout } = await run();
  t.is(code, 1);
  t.regex(stdout, /failed +token .*\n +chmod 600 /);
});

test("doctor reports Python that is missing, broken, old, or without venv", async (t) => {
  const python = (answer: string) => ({ "bin/python3": `#!/bin/sh\n${answer}\n` });
  const json = (version: string, missing: string) =>
    `echo '{"version": ${version}, "path": "/p", "missing": ${missing}}'`;
  const said = async (files: Readonly<Record<string, string>>) => {
    const { dir, findings } = machine(t, files);
    const [finding] = await findings("python", { env: { PATH: join(dir, "bin") } });
    return [finding?.state, finding?.message];
  };
  t.deepEqual(await said({}), ["warning", "there is no python3 on PATH"]);
  t.deepEqual(await said(python("echo Traceback >&2; echo 'no encodings' >&2; exit 1")), [
    "warning",
    "python3 does not run: no encodings",
  ]);
  t.deepEqual(await said(python(json("[3, 8, 1]", "[]"))), [
    "warning",
    "Python 3.8.1 (/p), expected 3.9 or newer",
  ]);
  t.deepEqual(await said(python(json("[3, 12, 1]", '["ensurepip"]'))), [
    "warning",
    "Python 3.12.1 (/p) without ensurepip",
  ]);
  t.deepEqual(await said(python(json("[3, 12, 1]", "[]"))), ["ok", "Python 3.12.1 (/p)"]);
});

const inPython = spawnSync("python3", ["--version"]).status === 0 ? test : test.skip;
inPython("doctor asks the machine's own Python", async (t) => {
  const [finding] = await machine(t).findings("python");
  t.regex(finding?.message ?? "", /^Python 3\.\d+\.\d+ \(\/.*python/);
});

test("doctor counts GPUs, and fails when nvidia-smi does", async (t) => {
  const said = async (script: string, more: Readonly<Record<string, string>> = {}) => {
    const { dir, findings } = machine(t, { "bin/nvidia-smi": `#!/bin/sh\n${script}\n` });
    const [finding] = await findings("gpus", { env: { PATH: join(dir, "bin"), ...more } });
    return [finding?.state, finding?.message];
  };
  const two = "echo 'NVIDIA L4, 23034 MiB, 550.54'; echo 'NVIDIA L4, 23034 MiB, 550.54'";
  t.deepEqual(await said(two), ["ok", "2: 2x NVIDIA L4, 23034 MiB, 550.54"]);
  const bounded = await said(two, { CUDA_VISIBLE_DEVICES: "1" });
  t.regex(String(bounded[1]), /CUDA_VISIBLE_DEVICES="1" limits what workers get/);
  t.deepEqual(await said("echo 'NVIDIA-SMI has failed'; exit 9"), [
    "failed",
    "nvidia-smi fails: NVIDIA-SMI has failed",
  ]);
});

test("doctor says which process uses a taken port", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const { findings } = machine(t);
  const env = { MILLRACE_PORT: String(port) };
  const [failed] = await findings("port", { env });
  t.is(failed?.state, "failed");
  const owner = process.platform === "linux" ? `process ${process.pid} (` : "";
  t.true(failed?.message.startsWith(`${port} on 127.0.0.1 is taken by ${owner}`), failed?.message);
  t.is(failed?.advice, `end it, or use another one: millrace up --port ${port + 1}`);
  await new Promise((resolve) => taken.close(resolve));
  t.is((await findings("port", { env }))[0]?.message, `${port} on 127.0.0.1 is free`);
  t.is((await findings("port", { env: { MILLRACE_PORT: "x" } }))[0]?.state, "failed");
});

test("doctor reports the local service: none, killed, another version, not ready, refusing the token", async (t) => {
  const said = async (service: object | undefined) => {
    const files = service === undefined ? {} : { ".millrace/service.json": JSON.stringify(service) };
    const [finding] = await machine(t, files).findings("service");
    return [finding?.state, finding?.message, finding?.advice];
  };
  const gone = spawnSync("true").pid;
  t.deepEqual(await said(undefined), ["warning", "not running", "start it with: millrace up --detach"]);
  t.regex(
    String(await said({ url: "http://127.0.0.1:9", pid: gone })),
    /^warning,it was killed: process \d+/,
  );
  const { pid } = process;
  t.regex(String(await said({ url: "http://127.0.0.1:9", pid })), /^failed,Cannot reach the service/);
  const old = await fakeService(t, { ...READY, "GET /openapi.json": { info: { version: "0.0.9" } } });
  t.deepEqual(await said({ url: old.url, pid }), [
    "warning",
    `${old.url} is ready (version 0.0.9), this command is ${VERSION}`,
    "start it again: millrace down, then millrace up --detach",
  ]);
  const refused = (status: number, code: string) => (response: ServerResponse) =>
    problem(response, status, code, "Cannot do it");
  const starting = await fakeService(t, { "GET /readyz": refused(503, "unavailable") });
  t.regex(String(await said({ url: starting.url, pid })), /^warning,.* is not ready/);
  const other = await fakeService(t, { ...READY, "GET /openapi.json": refused(401, "unauthorized") });
  t.regex(
    String(await said({ url: other.url, pid })),
    /^failed,Cannot do it,the token is that of another service/,
  );
});

test("doctor reports a clock that differs from the service's, and one that was set back", async (t) => {
  const away = (seconds: number) => ({
    ...READY,
    "GET /readyz": (response: ServerResponse) => {
      response.setHeader("date", new Date(Date.now() + seconds * 1_000).toUTCString());
      response.end("{}");
    },
    "GET /openapi.json": (response: ServerResponse) => {
      response.setHeader("date", new Date(Date.now() + seconds * 1_000).toUTCString());
      response.end(JSON.stringify({ info: { version: VERSION } }));
    },
  });
  const { findings, home } = machine(t);
  const ahead = await fakeService(t, away(60));
  t.deepEqual(
    (await findings("clock", { url: ahead.url })).map(({ state }) => state),
    ["ok", "warning"],
  );
  const behind = await fakeService(t, away(-3_600));
  const [, far] = await findings("clock", { url: behind.url });
  t.is(far?.state, "failed");
  t.regex(far?.message ?? "", /is (59m \d\ds|1h 00m) behind this machine's$/);
  const future = new Date(Date.now() + 3_600_000);
  utimesSync(join(home, "token"), future, future);
  const [back] = await findings("clock");
  t.is(back?.state, "warning");
  t.regex(back?.message ?? "", /but token is from .*Z: the clock was set back/);
});

test("doctor --all asks every environment's service, and reports a default that does not exist", async (t) => {
  const { url } = await fakeService(t, READY);
  const services = { near: { url, token: TOKEN }, far: { url: "http://127.0.0.1:9", token: TOKEN } };
  const file = (chosen: string) => ({
    "config/environments.json": JSON.stringify({ default: chosen, services }),
  });
  const well = machine(t, file("local"));
  chmodSync(join(well.dir, "config", "environments.json"), 0o600);
  t.is((await well.findings("environments"))[0]?.message, "local, near, far; the default is local");
  t.deepEqual(await well.findings("env far"), []);
  t.is((await well.findings("env near", { all: true }))[0]?.state, "ok");
  t.is((await well.findings("env far", { all: true }))[0]?.state, "failed");
  const [none, open] = await machine(t, file("gone")).findings("environments");
  t.regex(none?.message ?? "", /the default is "gone", which does not exist/);
  t.regex(open?.message ?? "", /environments\.json has mode 0644/);
});

test("doctor continues when a check throws", async (t) => {
  const { findings } = machine(t, { "config/environments.json": "{" });
  const [broken] = await findings("environments");
  t.is(broken?.state, "failed");
  t.regex(broken?.advice ?? "", /fix the file/);
  t.is((await findings("disk")).length, 1);
});

test("doctor names what is in the quarantine, and is silent when it is empty", async (t) => {
  t.deepEqual(await machine(t).findings("quarantine"), []);
  const names = ["A", "B", "C", "D"];
  const files = Object.fromEntries(names.map((name) => [`.millrace/quarantine/${name}/job.db`, "damaged"]));
  const { findings, home } = machine(t, files);
  const [found] = await findings("quarantine");
  t.is(found?.state, "warning");
  t.is(found?.message, `4 folders that are not readable jobs: A, B, C, and 1 more in ${home}/quarantine`);
  t.regex(found?.advice ?? "", /move the folder to jobs\/ and restart, or remove it/);
});

test("doctor reports a home that cannot be used", async (t) => {
  const dir = temporaryDirectory(t, { file: "" });
  const { run } = machine(t);
  const { code, stdout } = await run(["--home", join(dir, "file", "home")]);
  t.is(code, 1);
  t.regex(stdout, /failed +home +.*file is not a directory\n +choose another with --home/);
});

test("spaceFinding() warns below 2 GiB and fails below a quarter of one", (t) => {
  const states = [3, 1, 0.1].map((gib) => spaceFinding(gib * 1024 ** 3).state);
  t.deepEqual(states, ["ok", "warning", "failed"]);
});

test("runtimeFinding() wants Node 24, or Deno", (t) => {
  const state = (node: string, deno?: string) => runtimeFinding({ node, deno, machine: "linux x64" }).state;
  t.deepEqual([state("24.0.0"), state("22.18.0"), state("22.0.0", "2.9.6")], ["ok", "failed", "ok"]);
});
