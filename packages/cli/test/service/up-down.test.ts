import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import test, { type ExecutionContext } from "ava";
import { isAlive } from "../../src/environments/service-file.ts";
import { millrace, temporaryDirectory } from "../harness.ts";

/** A stand-in for the service: it takes its environment, writes its file, answers, and ends at SIGTERM with 0. */
const SERVICE = `
import { createServer } from "node:http";
import { writeFileSync, rmSync } from "node:fs";
const { MILLRACE_HOME: home, MILLRACE_PORT: port = "0", MILLRACE_HOST: host = "127.0.0.1" } = process.env;
if (port === "65535") { console.error("Cannot listen on port 65535: odd"); process.exit(5); }
const server = createServer((request, response) => response.end("{}"));
server.listen(Number(port), host, () => {
  const url = "http://" + host + ":" + server.address().port;
  writeFileSync(home + "/service.json", JSON.stringify({ url, pid: process.pid, version: "9" }));
});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {
  rmSync(home + "/service.json");
  process.exit(signal === "SIGINT" ? 7 : 0);
});
`;

function bench(t: ExecutionContext) {
  const dir = temporaryDirectory(t, { "service.mjs": SERVICE });
  const home = join(dir, ".millrace");
  t.teardown(() => {
    const file = join(home, "service.json");
    if (existsSync(file)) process.kill(JSON.parse(readFileSync(file, "utf8")).pid, "SIGKILL");
  });
  return { cwd: dir, home, serviceCommand: [process.execPath, join(dir, "service.mjs")] as const };
}

test("up --detach starts a service that answers, once; down stops it", async (t) => {
  const options = bench(t);
  const ran = await millrace(["up", "--detach", "--port", "0"], options);
  t.is(ran.code, 0, ran.stderr);
  t.regex(ran.stdout, /^millrace is ready at http:\/\/127\.0\.0\.1:\d+ \(home .*\.millrace\)\n$/);
  const again = await millrace(["up", "--detach", "-o", "json"], options);
  const { pid, started } = again.json() as { pid: number; started: boolean };
  t.false(started);
  t.true(isAlive(pid));
  const foreground = await millrace(["up"], options);
  t.is(foreground.code, 2);
  t.regex(foreground.stderr, /one is already running.*\n.*millrace down/);
  t.regex((await millrace(["version"], options)).stdout, /^millrace \d+\.\d+\.\d+ \(service 9 at http/);
  t.is((await millrace(["down"], options)).code, 0);
  t.false(isAlive(pid));
  const none = await millrace(["down", "-o", "json"], options);
  t.deepEqual(none.json(), { stopped: false, home: options.home });
});

test("up says why when the service ends at once, with the end of its log", async (t) => {
  const options = bench(t);
  const ran = await millrace(["up", "--detach", "--port", "65535"], options);
  t.is(ran.code, 1);
  t.regex(ran.stderr, /it ended with exit code 5:\n {4}Cannot listen on port 65535: odd/);
});

test("up on the port of another Millrace says whose it is", async (t) => {
  const first = bench(t);
  const ran = await millrace(["up", "--detach", "--port", "0", "-o", "json"], first);
  const { url, pid } = ran.json() as { readonly url: string; readonly pid: number };
  const port = Number(new URL(url).port);
  const second = await millrace(["up", "--port", String(port)], bench(t));
  t.is(second.code, 1);
  const owner = process.platform === "linux" ? `another Millrace (process ${pid}, home ${first.home})` : "";
  t.true(
    second.stderr.startsWith(
      `error: Cannot start the service: port ${port} on 127.0.0.1 is taken by ${owner}`,
    ),
    second.stderr,
  );
  t.regex(second.stderr, new RegExp(`use another one: millrace up --port ${port + 1}`));
});

test("up refuses an invalid port", async (t) => {
  for (const port of ["65536", "x", "-1"])
    t.is((await millrace(["up", "--port", port], bench(t))).code, 2, port);
});

test("up in the foreground forwards the signal and exits like the service", async (t) => {
  const options = bench(t);
  for (const [signalName, code] of [
    ["SIGTERM", 0],
    ["SIGINT", 7],
  ] as const) {
    const controller = new AbortController();
    const onStdout = () => controller.abort({ signalName });
    const running = millrace(["up", "--port", "0"], { ...options, signal: controller.signal, onStdout });
    t.is((await running).code, code);
    t.false(existsSync(join(options.home, "service.json")));
  }
});

test("up exits with 130 and leaves no service when it is interrupted before the service is ready", async (t) => {
  const options = bench(t);
  const controller = new AbortController();
  const silent = [process.execPath, "-e", "setInterval(() => {}, 1000)"] as const;
  setTimeout(() => controller.abort({ signalName: "SIGTERM" }), 100);
  const ran = await millrace(["up"], { ...options, serviceCommand: silent, signal: controller.signal });
  t.is(ran.code, 130);
});

test("down does not end a process that is not the service", async (t) => {
  const other: ChildProcess = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(other, "spawn");
  t.teardown(() => other.kill("SIGKILL"));
  const service = JSON.stringify({ url: "http://127.0.0.1:9", pid: other.pid, version: "0" });
  const dir = temporaryDirectory(t, { ".millrace/service.json": service });
  const ran = await millrace(["down"], { cwd: dir });
  t.is(ran.code, 4);
  t.regex(ran.stderr, /does not answer.*\n.*kill \d+/);
  t.true(isAlive(other.pid ?? 0));
});
