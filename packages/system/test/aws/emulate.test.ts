import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { poll, processesOf } from "../../src/mod.ts";

const EMULATE = fileURLToPath(import.meta.resolve("@millrace/aws-emulator/main"));
const MILLRACE = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));

test("aws:emulate starts a service on emulated AWS that the command line uses unchanged, and ends with Ctrl-C", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "millrace-system-"));
  t.teardown(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const home = join(root, "home");
  const stack = spawn(process.execPath, [EMULATE, "--home", home, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => void stack.kill("SIGKILL"));
  let output = "";
  stack.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await poll("the service", async () => output.includes("Ctrl-C"));
  const millrace = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [MILLRACE, ...args, "--home", home]);
    return stdout;
  };
  const project = join(root, "hello");
  await millrace("init", project);
  t.regex(await millrace("deploy", join(project, "millrace.yaml")), /deployed hello/);
  const submitted = await millrace("submit", "hello", join(project, "sample.json"), "--watch");
  t.regex(submitted, /succeeded: 4 of 4 items/);
  const [, jobId = ""] = /job (\S+)/.exec(submitted) ?? [];
  t.regex(await millrace("results", "hello", jobId), /"output":"Hello, Ada!"/);
  t.regex(await millrace("get", "hello", jobId), /s3:\/\/emulated-objects\/jobs\//);
  const ended = once(stack, "exit");
  stack.kill("SIGINT");
  t.deepEqual(await ended, [0, null]);
  t.deepEqual(processesOf(home), []);
});
