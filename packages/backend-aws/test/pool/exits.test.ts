import type { JobDetail } from "@aws-sdk/client-batch";
import type { Emulators } from "@millrace/aws-emulator";
import { sampleApi } from "@millrace/backend-suite";
import type { PoolWorker } from "@millrace/core";
import test from "ava";
import { describeChild } from "../../src/pool/seats.ts";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { allExited, allRunning, shell, startPool, submissions, until } from "./pool-harness.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const FOREVER = shell("exec sleep 600");
/** Ends with a code by array index, each time it is tried. */
const CODES = shell(
  'case $AWS_BATCH_JOB_ARRAY_INDEX in 0) exit 75;; *) exit "$AWS_BATCH_JOB_ARRAY_INDEX";; esac',
);

test("semantic 10: AWS Batch itself tries again after exit code 75 up to the bound, and not after 1", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, { emulators, command: CODES });
  const submitted = await job(3);
  await backend.pool.start(submitted, [0, 1, 2]);
  const ended = await workers(submitted.spec.jobId, allExited);
  const attempts = fake.jobs().flatMap((one) => (one.index === undefined ? [] : [one.attempts]));
  t.deepEqual(attempts, [10, 1, 1]);
  t.deepEqual(
    ended.map(({ exitCode }) => exitCode),
    [75, 1, 2],
  );
});

test("semantic 10: a reclaimed worker continues with a new attempt of the same child", async (t) => {
  const { fake, backend, identify, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning);
  const child = `${submissions(fake)[0]?.jobId}:1`;
  fake.reclaimSpot(child);
  await until(() =>
    fake.jobs().some(({ jobId: id, attempts, pid }) => id === child && attempts === 1 && pid),
  );
  await workers(jobId, allRunning);
  t.deepEqual(await identify(child), { jobId, worker: 1 });
});

test("semantic 10: a child that AWS Batch gives up after reclaims is shown as released, not as failed", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  const child = `${await until(() => submissions(fake)[0]?.jobId)}:0`;
  for (let attempt = 0; attempt < 10; attempt++) {
    await until(() => fake.jobs().some((one) => one.jobId === child && one.attempts === attempt && one.pid));
    fake.reclaimSpot(child);
  }
  const [first, second] = await workers(jobId, ([one]) => one?.state === "exited");
  t.is(first?.exitCode, 75);
  t.regex(first?.reason as string, /^its machine was taken back: Host EC2 \(instance i-/);
  t.is(second?.state, "running");
});

test("semantic 10: a worker out of memory is retried, and its reason finally says so", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(1);
  await backend.pool.start(submitted, [0]);
  const id = submissions(fake)[0]?.jobId as string;
  for (let attempt = 0; attempt < 10; attempt++) {
    await until(() => fake.jobs().some((one) => one.attempts === attempt && one.pid));
    fake.outOfMemory(id);
  }
  const [worker] = await workers(submitted.spec.jobId, allExited);
  t.is(worker?.exitCode, 137);
  t.regex(worker?.reason as string, /out of memory/);
});

test("semantic 12: an image that cannot be pulled is the reason, with attempts that never ran", async (t) => {
  const { fake, backend, records, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(1);
  const { jobId } = submitted.spec;
  fake.failImagePull(10);
  await backend.pool.start(submitted, [0]);
  const [worker] = await workers(jobId, allExited);
  t.is(worker?.exitCode, undefined);
  t.regex(worker?.reason as string, /^its container could not be started: CannotPullContainerError/);
  t.is(fake.jobs()[0]?.attempts, 10, "a pull may fail for a moment");
  const ending = await until(async () => (await records.endings(jobId)).get(0));
  t.is(ending.reason, worker?.reason);
});

test("semantic 12: a worker that waits for capacity says since when, and gives AWS Batch's reason", async (t) => {
  let nowMs = Date.now();
  const { fake, backend, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
    now: () => nowMs,
    batch: { blockedAfterMs: 50 },
  });
  fake.setCapacity(0);
  const submitted = await job(1);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0]);
  const [worker] = await workers(jobId, ([one]) => /INSUFFICIENT/.test(one?.reason ?? ""));
  t.is(worker?.state, "pending");
  t.is(worker?.neverStarts, undefined);
  t.regex(
    worker?.reason as string,
    /^waiting for capacity since less than a minute: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/,
  );
  nowMs += 45.5 * 60_000;
  t.regex((await backend.pool.describe(jobId))[0]?.reason as string, /^waiting for capacity since 45 min:/);
  nowMs += 3 * 3_600_000;
  t.regex((await backend.pool.describe(jobId))[0]?.reason as string, /^waiting for capacity since 3 h:/);
  fake.setCapacity(8);
  await workers(jobId, allRunning);
});

test("semantic 12: a worker that no machine of the cluster can hold never starts", async (t) => {
  const { spec, ...api } = sampleApi("sample");
  const { backend, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
    api: { ...api, spec: { ...spec, compute: { ...spec.compute, cpu: 64 } } },
    batch: { blockedAfterMs: 50, maxVcpus: 8 },
  });
  const submitted = await job(1);
  await backend.pool.start(submitted, [0]);
  const [worker] = await workers(submitted.spec.jobId, ([one]) => one?.neverStarts === true);
  t.regex(worker?.reason as string, /MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE/);
});

const MINUTE_MS = 60_000;

/** How the pool shows a worker of whose child AWS Batch says this. */
function shown(child: Partial<JobDetail>): PoolWorker {
  const generation = {
    jobId: "j",
    generation: 1,
    workers: [0],
    jobName: "j-g1",
    jobQueue: "q",
    submittedAtMs: 0,
    batchJobId: "b",
  };
  return describeChild(
    { worker: 0, index: 0, generation },
    {
      child: {
        createdAt: 0,
        startedAt: 0,
        jobName: "",
        jobQueue: "",
        jobDefinition: "",
        ...child,
      } as JobDetail,
      ending: undefined,
      nowMs: 60 * MINUTE_MS,
    },
  );
}

test("semantic 12: describeChild() distinguishes never from not yet", (t) => {
  const statusReason =
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.";
  t.true(shown({ status: "RUNNABLE", statusReason }).neverStarts);
  t.is(
    shown({ status: "RUNNABLE", statusReason: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - …" }).neverStarts,
    undefined,
  );
  t.is(shown({ status: "STARTING", statusReason }).neverStarts, undefined);
  t.is(shown({ status: "RUNNABLE" }).reason, "waiting for capacity since 60 min");
});

test("semantic 12: describeChild() counts a wait from the end of the attempt before", (t) => {
  const attempts = [{ startedAt: 1, stoppedAt: 50 * MINUTE_MS }];
  t.is(shown({ status: "RUNNABLE", attempts }).reason, "waiting for capacity since 10 min");
});

test("semantic 12: describeChild() takes the reason from the last attempt when the container has none", (t) => {
  const attempts = [
    { startedAt: 1, container: { exitCode: 75 } },
    {
      container: { reason: "CannotPullContainerError: no such image" },
      statusReason: "Task failed to start",
    },
  ];
  const worker = shown({ status: "FAILED", statusReason: "Task failed to start", attempts });
  t.is(worker.reason, "its container could not be started: CannotPullContainerError: no such image");
  t.is(worker.exitCode, undefined);
  // Whatever it was that kept it from being started.
  const container = { reason: "DockerTimeoutError: could not transition to created" };
  t.is(
    shown({ status: "FAILED", attempts: [{ container }] }).reason,
    `its container could not be started: ${container.reason}`,
  );
});

test("describeChild() names a signal or a code, and nothing when the end is unknown", (t) => {
  const failed = (more: Partial<JobDetail>) => shown({ status: "FAILED", ...more });
  t.like(failed({ container: { exitCode: 139 } }), { exitCode: 139, reason: "signal 11" });
  t.like(failed({ container: { exitCode: 2 }, statusReason: "Essential container in task exited" }), {
    reason: "exit code 2, Essential container in task exited",
  });
  t.like(failed({}), { reason: "ended for an unknown reason" });
});
