import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  FAMILY_SH,
  familyOf,
  finished,
  type JobHandle,
  numbers,
  type Platform,
  packFiles,
  poll,
  processesOf,
  rowsOf,
  signal,
  startPlatform,
  statusOf,
  stillRunning,
  submit,
} from "../src/mod.ts";

/** Its constructor starts a family, and raises if it is told to; `predict` waits for the gate, or exits on the first item. */
const PREDICTOR = `
import os, subprocess, time
class PythonPredictor:
    def __init__(self, config, job_spec):
        self.config = config
        script = os.path.join(os.path.dirname(__file__), "family.sh")
        family = config["family"] + str(os.getppid())
        subprocess.Popen(["bash", script, family])
        if config.get("raises"):
            while not os.path.exists(family) or open(family).read().count("\\n") < 5: time.sleep(0.02)
            raise ValueError("no")
    def predict(self, payload):
        if self.config.get("exits"):
            if 0 in payload: os._exit(3)
            return payload
        while not os.path.exists(self.config["gate"]): time.sleep(0.02)
        return payload
`;
const GONE_WITHIN = { deadlineMs: 180_000 };

/** Starts a job of one worker whose predictor has a family. */
async function familyJob(
  t: ExecutionContext,
  platform: Platform,
  config: Readonly<Record<string, unknown>> = {},
) {
  await deployPython(platform, "family", PREDICTOR, { files: { "family.sh": FAMILY_SH } });
  const gate = join(platform.files, "gate");
  const family = join(platform.files, "family-");
  const job = await submit(platform, "family", {
    ...numbers(10, { batch_size: 5, max_attempts: 9 }),
    ...config,
    config: { gate, family, ...(config.config as object) },
  });
  const worker = await workerOf(platform);
  const pids = await familyOf(family + worker);
  t.teardown(() => endAll(pids));
  return { job, gate, family, worker, pids };
}

async function workerOf(platform: Platform, not = 0): Promise<number> {
  return poll("the worker", async () => {
    return processesOf(platform.home).find(({ kind, pid }) => kind === "worker" && pid !== not)?.pid;
  });
}

function endAll(pids: readonly number[]): void {
  for (const pid of stillRunning(pids)) signal(pid, "SIGKILL");
}

async function assertGone(t: ExecutionContext, pids: readonly number[]): Promise<void> {
  await poll("their end", async () => stillRunning(pids).length === 0, GONE_WITHIN).catch(() => {});
  t.deepEqual(stillRunning(pids), []);
}

async function statusAtEnd(job: JobHandle): Promise<string> {
  return (await finished(job)).status.job_status.status;
}

/** A directory with the programs that a predictor needs, and without `setpriv`. */
function pathWithoutSetpriv(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "millrace-path-"));
  const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
    encoding: "utf8",
  }).trim();
  symlinkSync(python, join(path, "python3"));
  for (const program of ["bash", "env", "setsid", "sh", "sleep"]) {
    symlinkSync(execFileSync("which", [program], { encoding: "utf8" }).trim(), join(path, program));
  }
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

for (const withSetpriv of [true, false]) {
  test.serial(
    `no process of a predictor outlives its killed worker, ${withSetpriv ? "with" : "without"} setpriv`,
    async (t) => {
      const { path, remove } = pathWithoutSetpriv();
      t.teardown(remove);
      const platform = await startPlatform(t, { environment: withSetpriv ? {} : { PATH: path } });
      const { job, gate, family, worker, pids } = await familyJob(t, platform);
      signal(worker, "SIGKILL");
      await assertGone(t, pids);
      const next = await familyOf(family + (await workerOf(platform, worker)));
      writeFileSync(gate, "");
      t.is(await statusAtEnd(job), "succeeded");
      await assertGone(t, next);
      assertEachOnce(t, await rowsOf(job), 10);
    },
  );

  test.serial(
    `a restarted service ends what a dead worker left, ${withSetpriv ? "with" : "without"} setpriv`,
    async (t) => {
      const { path, remove } = pathWithoutSetpriv();
      t.teardown(remove);
      const platform = await startPlatform(t, { environment: withSetpriv ? {} : { PATH: path } });
      const { job, gate, family, worker, pids } = await familyJob(t, platform);
      await platform.stop("SIGKILL");
      signal(worker, "SIGKILL");
      await platform.start();
      await assertGone(t, pids);
      const next = await familyOf(family + (await workerOf(platform, worker)));
      writeFileSync(gate, "");
      t.is(await statusAtEnd(job), "succeeded");
      await assertGone(t, next);
    },
  );
}

test.serial("a restarted service touches nothing of a living worker", async (t) => {
  const platform = await startPlatform(t);
  const { job, gate, pids } = await familyJob(t, platform);
  await platform.stop("SIGKILL");
  await platform.start();
  t.is((await statusOf(job)).job_status.worker_counts.running, 1);
  t.is(stillRunning(pids).length, pids.length);
  writeFileSync(gate, "");
  t.is(await statusAtEnd(job), "succeeded");
  await assertGone(t, pids);
});

/** How jobs end, and what makes them. */
const ENDS: Readonly<
  Record<
    string,
    { readonly more?: Record<string, unknown>; readonly make?: (job: JobHandle) => Promise<unknown> }
  >
> = {
  stopped: { make: (job) => job.platform.client.stop("family", job.jobId) },
  "stopped with its API": { make: (job) => job.platform.client.deleteApi("family", { force: true }) },
  timed_out: { more: { timeout: 10 } },
  worker_error: { more: { config: { raises: true } } },
  completed_with_failures: { more: { max_attempts: 1, config: { exits: true } } },
};

for (const [end, { more = {}, make }] of Object.entries(ENDS)) {
  test.serial(`nothing of a job is left that is ${end}`, async (t) => {
    const platform = await startPlatform(t);
    const { job, pids } = await familyJob(t, platform, more);
    await make?.(job);
    if (end !== "stopped with its API") t.is(await statusAtEnd(job), end);
    await assertGone(t, pids);
    await poll(
      "the end of all",
      async () => !processesOf(platform.home).some(({ kind }) => kind !== "service"),
    );
  });
}

/** Starts a deploy whose `dependencies.sh` hangs, with a family. */
async function hangingDeploy(
  t: ExecutionContext,
  platform: Platform,
  options: { readonly script?: string } = {},
) {
  const file = join(platform.files, `installer-${Math.random()}`);
  const archive = await packFiles(platform, {
    "millrace.yaml": "- name: slow\n  kind: BatchAPI\n  predictor: { type: python, path: predictor.py }\n",
    "predictor.py": PREDICTOR,
    "family.sh": FAMILY_SH,
    "dependencies.sh": `bash family.sh ${file} &\n${options.script ?? "sleep 1000"}\n`,
  });
  const leave = new AbortController();
  const events = platform.client.deploy("slow", archive, { config: "millrace.yaml", signal: leave.signal });
  const ended = (async () => {
    for await (const event of events) if (event.type === "error") return event.problem.code;
    return "deployed";
  })().catch((error: Error) => error.name);
  const pids = await familyOf(file);
  t.teardown(() => endAll(pids));
  return { pids, leave, ended };
}

/** How deploys end early. */
const LEAVES: Readonly<Record<string, (platform: Platform) => Promise<void>>> = {
  "its service is told to end": (platform) => platform.stop("SIGTERM"),
  "its service is killed": (platform) => platform.stop("SIGKILL"),
  "its service and the preparation are killed, and the service comes back": async (platform) => {
    const preparation = processesOf(platform.home).find(({ command }) => command.includes(" prepare "));
    await platform.stop("SIGKILL");
    signal(preparation?.pid ?? 0, "SIGKILL");
    await platform.start();
  },
};

for (const [what, leave] of Object.entries(LEAVES)) {
  test(`no installer outlives its deploy when ${what}`, async (t) => {
    const platform = await startPlatform(t);
    const deploy = await hangingDeploy(t, platform);
    await leave(platform);
    await assertGone(t, deploy.pids);
    await deploy.ended;
    await assertScaledToZero(t, platform);
  });
}

test("no installer outlives its deploy when another part of it fails", async (t) => {
  const platform = await startPlatform(t);
  const { pids, ended } = await hangingDeploy(t, platform, { script: "sleep 1; exit 3" });
  t.is(await ended, "dependencies_failed");
  t.deepEqual(stillRunning(pids), []);
});

test("no installer outlives its deploy when the client disconnects, and the next deploy starts only then", async (t) => {
  const platform = await startPlatform(t);
  const first = await hangingDeploy(t, platform);
  first.leave.abort();
  const second = await hangingDeploy(t, platform, { script: "sleep 1" });
  t.deepEqual(stillRunning(first.pids), []);
  t.is(await second.ended, "deployed");
  t.deepEqual(stillRunning(second.pids), []);
});
