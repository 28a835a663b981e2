import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startAwsStack } from "./aws-stack.ts";

/**
 * The development stack: AWS emulators on loopback, and a service that uses them. It runs until Ctrl-C; then everything
 * ends, and the emulators' state is gone.
 */
const { values } = parseArgs({
  options: {
    home: { type: "string", default: ".millrace-aws" },
    port: { type: "string", default: "8080" },
    vcpus: { type: "string", default: "8" },
  },
});
const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));
const home = resolve(values.home);

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());

if (await isInUse()) {
  process.stderr.write(
    `aws:emulate: a service already runs in ${home}; stop it, or choose another directory with --home\n`,
  );
  process.exit(75);
}
// The service's state is in the emulators, so an old home would only refer to jobs that are gone.
await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true, mode: 0o700 });
process.stdout.write("starting moto, an SQS and a fake AWS Batch (moto is installed at the first start)\n");
const stack = await startAwsStack({
  cacheDirectory: CACHE,
  directory: home,
  cluster: "emulated",
  workerCommand: [process.execPath, fileURLToPath(import.meta.resolve("@millrace/worker/main")), "run"],
  workerEnvironment: { ...process.env, NODE_COMPILE_CACHE: join(CACHE, "compiled") },
  batch: { maxVcpus: Number(values.vcpus) },
});
try {
  const service = startControl();
  try {
    await untilReady(service);
    const ended = once(service, "exit");
    await Promise.race([ended, once(stopping.signal, "abort")]);
  } finally {
    await endChild(service);
  }
} catch (error) {
  if (!stopping.signal.aborted) {
    process.stderr.write(`aws:emulate: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
} finally {
  await stack.stop();
}

/** True while a service runs in the home. */
async function isInUse(): Promise<boolean> {
  try {
    const { pid } = JSON.parse(await readFile(join(home, "service.json"), "utf8")) as { pid: number };
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function startControl(): ChildProcess {
  const main = fileURLToPath(import.meta.resolve("@millrace/control/main"));
  const env = { ...process.env, ...stack.environment, MILLRACE_HOME: home, MILLRACE_PORT: values.port };
  const log = openSync(join(home, "service.log"), "a");
  // In its own process group, so that Ctrl-C goes to this process, which ends the service after its workers.
  return spawn(process.execPath, [main], { env, stdio: ["ignore", log, log], detached: true });
}

async function untilReady(service: ChildProcess): Promise<void> {
  for (;;) {
    stopping.signal.throwIfAborted();
    if (service.exitCode !== null) throw new Error(`the service ended, see ${home}/service.log`);
    const text = await readFile(join(home, "service.json"), "utf8").catch(() => "");
    if (text.includes(`"pid":${service.pid},`)) return greet((JSON.parse(text) as { url: string }).url);
    await delay(50);
  }
}

function greet(url: string): void {
  const { bucket, endpoints } = stack.config;
  process.stdout.write(`millrace is ready at ${url} (home ${home}), on emulated AWS

use it from another terminal with --home or:
  export MILLRACE_HOME=${home}
upload input to s3://${bucket}/ with any S3 client and any credentials:
  curl --user any:any --aws-sigv4 aws:amz:us-east-1:s3 --upload-file FILE ${endpoints.s3}/${bucket}/input/FILE
logs: ${home}/service.log; what workers print outside their jobs' logs is in ${home}/worker-logs
Ctrl-C ends everything
`);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
