import { existsSync } from "node:fs";
import type { EvaluateOnExit } from "@aws-sdk/client-batch";
import test from "ava";
import { FOREVER, shell, startHarness, until } from "./harness.ts";

/** As the infrastructure has it. */
const MILLRACE_RULES: EvaluateOnExit[] = [
  { onStatusReason: "Host EC2*", action: "RETRY" },
  { onStatusReason: "Task failed to start*", action: "RETRY" },
  { onExitCode: "75", action: "RETRY" },
  { onReason: "OutOfMemoryError*", action: "RETRY" },
  { onReason: "*", action: "EXIT" },
];
const retryStrategy = { attempts: 5, evaluateOnExit: MILLRACE_RULES };

test("exit 75 is retried by its rule, with the attempt's number and a log of its own", async (t) => {
  const { submit, ended, log } = await startHarness(t);
  const command = shell("echo $AWS_BATCH_JOB_ATTEMPT; [ $AWS_BATCH_JOB_ATTEMPT = 3 ] || exit 75");
  const job = await ended(await submit(command, { retryStrategy }));
  t.is(job.status, "SUCCEEDED");
  t.deepEqual(
    job.attempts?.map(({ container }) => container?.exitCode),
    [75, 75, 0],
  );
  const streams = job.attempts?.map(({ container }) => container?.logStreamName);
  t.is(new Set(streams).size, 3);
  t.is(job.container?.logStreamName, streams?.[2]);
  t.is(await log(job), "3\n");
  t.true((job.attempts?.[1]?.startedAt ?? 0) >= (job.attempts?.[0]?.stoppedAt ?? Infinity));
});

test("an exit that a rule says EXIT to is not retried, even with attempts left", async (t) => {
  const { submit, ended } = await startHarness(t);
  const job = await ended(await submit(shell("exit 1"), { retryStrategy }));
  t.is(job.status, "FAILED");
  t.is(job.statusReason, "Essential container in task exited");
  t.deepEqual(
    job.attempts?.map(({ container }) => container?.exitCode),
    [1],
  );
});

test("an exit that no rule matches is retried, up to the attempts", async (t) => {
  const { submit, ended } = await startHarness(t);
  const evaluateOnExit: EvaluateOnExit[] = [{ onExitCode: "2*", action: "EXIT" }];
  const retried = await ended(
    await submit(shell("exit 1"), { retryStrategy: { attempts: 3, evaluateOnExit } }),
  );
  t.is(retried.status, "FAILED");
  t.is(retried.attempts?.length, 3);
  const globbed = await ended(
    await submit(shell("exit 24"), { retryStrategy: { attempts: 3, evaluateOnExit } }),
  );
  t.is(globbed.attempts?.length, 1);
});

test("all conditions of a rule must hold, and the first rule that does decides", async (t) => {
  const { submit, ended } = await startHarness(t);
  const attempts = async (evaluateOnExit: EvaluateOnExit[]) => {
    const id = await submit(shell("exit 5"), { retryStrategy: { attempts: 2, evaluateOnExit } });
    return (await ended(id)).attempts?.length;
  };
  t.is(await attempts([{ onExitCode: "5", onReason: "Other*", action: "EXIT" }]), 2);
  t.is(await attempts([{ onExitCode: "5", onStatusReason: "Essential*", action: "EXIT" }]), 1);
  t.is(
    await attempts([
      { onExitCode: "5", action: "RETRY" },
      { onExitCode: "5", action: "EXIT" },
    ]),
    2,
  );
  // The service reads actions without case.
  t.is(await attempts([{ onExitCode: "5", action: "exit" as "EXIT" }]), 1);
});

test("without a retry strategy there is one attempt; the submission's strategy replaces the definition's", async (t) => {
  const { define, submit, ended } = await startHarness(t);
  t.is((await ended(await submit(shell("exit 1")))).attempts?.length, 1);
  const jobDefinition = await define(shell("exit 1"), { retryStrategy: { attempts: 3 } });
  t.is((await ended(await submit([], { jobDefinition }))).attempts?.length, 3);
  const once = await submit([], { jobDefinition, retryStrategy: { attempts: 1 } });
  t.is((await ended(once)).attempts?.length, 1);
});

test("a process killed by a signal ends with 128 and the signal's number", async (t) => {
  const { submit, ended } = await startHarness(t);
  const killed = await ended(await submit(shell("kill -KILL $$")));
  t.is(killed.container?.exitCode, 137);
  t.is(killed.container?.reason, undefined);
  t.is((await ended(await submit(shell("kill -TERM $$")))).container?.exitCode, 143);
});

test("a spot reclaim is retried on Host EC2*", async (t) => {
  const { fake, submit, status, ended, job } = await startHarness(t);
  const command = shell(
    "[ $AWS_BATCH_JOB_ATTEMPT = 2 ] && exit 0; trap 'exit 1' TERM; while :; do sleep 0.02; done",
  );
  const id = await submit(command, { retryStrategy });
  await status(id, "RUNNING");
  fake.reclaimSpot(id);
  t.is((await ended(id)).status, "SUCCEEDED");
  const [first] = (await job(id)).attempts ?? [];
  t.regex(first?.statusReason as string, /^Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.$/);
});

test("a reclaimed process that does not stop is killed after the grace time", async (t) => {
  const { fake, submit, ended, folder } = await startHarness(t, { reclaimGraceMs: 50 });
  const id = await submit(shell("trap '' TERM; touch $FOLDER/up; while :; do sleep 0.02; done"));
  await until(() => existsSync(`${folder}/up`) || undefined);
  fake.reclaimSpot(id);
  const failed = await ended(id);
  t.is(failed.status, "FAILED");
  t.is(failed.container?.exitCode, 137);
});

test("a process that ends with 0 after a reclaim has SUCCEEDED: a worker must not", async (t) => {
  const { fake, submit, status, ended, folder } = await startHarness(t);
  const id = await submit(shell("trap 'exit 0' TERM; touch $FOLDER/up; while :; do sleep 0.02; done"), {
    retryStrategy,
  });
  await status(id, "RUNNING");
  await until(() => existsSync(`${folder}/up`) || undefined);
  fake.reclaimSpot(id);
  t.is((await ended(id)).status, "SUCCEEDED");
});

test("a reclaim while STARTING leaves an attempt that never ran, and is retried", async (t) => {
  const { fake, submit, status, job } = await startHarness(t, { delays: { startingMs: 60_000 } });
  const id = await submit(FOREVER, { retryStrategy });
  const { container } = await status(id, "STARTING");
  fake.reclaimSpot(id);
  const again = await until(async () => {
    const now = await job(id);
    return now.status === "STARTING" && now.attempts?.length === 1 ? now : undefined;
  });
  t.is(again.attempts?.[0]?.startedAt, undefined);
  t.is(again.attempts?.[0]?.container?.logStreamName, undefined);
  t.is(again.attempts?.[0]?.container?.taskArn, container?.taskArn);
  t.not(again.container?.taskArn, container?.taskArn);
});

test("an attempt fails before it runs when its image cannot be pulled", async (t) => {
  const { fake, submit, ended } = await startHarness(t);
  fake.failImagePull(3);
  const once = await ended(await submit(FOREVER));
  t.is(once.status, "FAILED");
  t.is(once.statusReason, "Task failed to start");
  t.is(once.startedAt, undefined);
  t.is(once.attempts?.length, 1);
  t.is(once.attempts?.[0]?.startedAt, undefined);
  t.true((once.attempts?.[0]?.stoppedAt as number) > 0);
  t.is(once.attempts?.[0]?.container?.exitCode, undefined);
  t.is(once.attempts?.[0]?.container?.logStreamName, undefined);
  t.true(once.container?.reason?.startsWith("CannotPullContainerError: "));
  const retried = await ended(await submit(shell("exit 0"), { retryStrategy }));
  t.is(retried.status, "SUCCEEDED");
  t.is(retried.attempts?.length, 3);
});

test("an attempt fails before it runs when its command does not exist", async (t) => {
  const { submit, ended } = await startHarness(t);
  const job = await ended(await submit(["/no/such/program"]));
  t.is(job.status, "FAILED");
  t.is(job.statusReason, "Task failed to start");
  t.is(job.attempts?.[0]?.startedAt, undefined);
  t.true(job.container?.reason?.startsWith("CannotStartContainerError: "));
});

test("a job out of memory is killed with 137 and the reason, and retried by its rule", async (t) => {
  const { fake, submit, status, ended } = await startHarness(t);
  const id = await submit(shell("[ $AWS_BATCH_JOB_ATTEMPT = 2 ] || exec sleep 600"), { retryStrategy });
  await status(id, "RUNNING");
  fake.outOfMemory(id);
  const job = await ended(id);
  t.is(job.status, "SUCCEEDED");
  t.like(job.attempts?.[0], {
    statusReason: "Essential container in task exited",
    container: { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
  });
});
