import { DescribeJobsCommand } from "@aws-sdk/client-batch";
import type { Emulators } from "@millrace/aws-emulator";
import test from "ava";
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

test("semantic 8: describe() shows each child's own state when one failed and its parent will fail", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, {
    emulators,
    command: shell(
      'case $AWS_BATCH_JOB_ARRAY_INDEX in 0) exit 0;; 1) exit 1;; *) exec sleep "$(cat $FOLDER/seconds 2>/dev/null || echo 600)";; esac',
    ),
  });
  const submitted = await job(3);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1, 2]);
  const now = await workers(jobId, ([zero, one, two]) =>
    [zero?.state, one?.state, two?.state].every((state, i) => state === ["exited", "exited", "running"][i]),
  );
  t.like(now[0], { worker: 0, exitCode: 0 });
  t.is(now[0]?.reason, undefined);
  t.like(now[1], { worker: 1, exitCode: 1 });
  t.deepEqual(now[2], { worker: 2, state: "running" });
  // The last one ends well, too late for its parent.
  const parent = submissions(fake)[0]?.jobId;
  fake.crash(`${parent}:2`);
  await until(() => submissions(fake)[0]?.status === "FAILED" || undefined);
  const end = await workers(jobId, allExited);
  t.deepEqual(
    end.map(({ exitCode }) => exitCode),
    [0, 1, 137],
  );
});

test("semantic 8: a restarted worker gets its own submission, beside the running ones", async (t) => {
  const { fake, backend, records, identify, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
  });
  const submitted = await job(3);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1, 2]);
  await workers(jobId, allRunning);
  const parent = submissions(fake)[0]?.jobId;
  fake.crash(`${parent}:1`);
  await workers(jobId, (all) => all[1]?.state === "exited");
  await backend.pool.start(submitted, [0, 1, 2]);
  await workers(jobId, allRunning);
  t.deepEqual(
    (await records.generations(jobId)).map(({ generation, workers: numbers }) => [generation, numbers]),
    [
      [1, [0, 1, 2]],
      [2, [1]],
    ],
  );
  const topUp = submissions(fake)[1];
  t.like(topUp, { jobName: `${jobId}-g2` });
  t.is(topUp?.size, undefined);
  // A plain job without an array index is the one worker that its generation names.
  t.deepEqual(await identify(topUp?.jobId as string), { jobId, worker: 1 });
  // Should the old process come back (AWS Batch retries it), its place is taken; the others keep theirs.
  t.is(await identify(`${parent}:1`), undefined);
  t.deepEqual(await identify(`${parent}:2`), { jobId, worker: 2 });
});

test("semantic 8: several restarted workers share an array, in order", async (t) => {
  const { fake, backend, identify, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(4);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1, 2, 3]);
  await workers(jobId, allRunning);
  const parent = submissions(fake)[0]?.jobId;
  for (const index of [1, 3]) fake.crash(`${parent}:${index}`);
  await workers(jobId, (all) => all[1]?.state === "exited" && all[3]?.state === "exited");
  await backend.pool.start(submitted, [1, 3]);
  const topUp = submissions(fake)[1];
  t.is(topUp?.size, 2);
  await workers(jobId, allRunning);
  t.deepEqual(await identify(`${topUp?.jobId}:0`), { jobId, worker: 1 });
  t.deepEqual(await identify(`${topUp?.jobId}:1`), { jobId, worker: 3 });
});

test("semantic 9: nothing depends on another job, and a finalizer is a plain job of one worker", async (t) => {
  const { fake, backend, clients, identify, job, workers } = await startPool(t, {
    emulators,
    command: shell("exit 0"),
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allExited);
  // All left in peace, and the job is not over: one is called back to finish it.
  await backend.pool.start(submitted, [0]);
  await workers(jobId, allExited);
  const ids = submissions(fake).map((one) => one.jobId);
  t.is(ids.length, 2);
  t.is(submissions(fake)[1]?.size, undefined);
  t.deepEqual(await identify(ids[1] as string), { jobId, worker: 0 });
  const { jobs = [] } = await clients.batch.send(new DescribeJobsCommand({ jobs: ids }));
  t.deepEqual(
    jobs.map(({ dependsOn }) => dependsOn),
    [[], []],
  );
});

test("semantic 14: how workers ended is known after AWS Batch forgets them", async (t) => {
  const { fake, backend, records, reopen, job, workers } = await startPool(t, {
    emulators,
    command: shell("exit $((AWS_BATCH_JOB_ARRAY_INDEX * 3))"),
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  const before = await workers(jobId, allExited);
  await until(async () => (await records.endings(jobId)).size === 2 || undefined);
  fake.forget(submissions(fake)[0]?.jobId as string);
  const asked = fake.requests.DescribeJobs;
  const next = await reopen();
  t.deepEqual(await next.pool.describe(jobId), before);
  t.deepEqual(
    before.map(({ exitCode }) => exitCode),
    [0, 3],
  );
  t.is(fake.requests.DescribeJobs, asked, "what has ended is not asked for any more");
});

test("semantic 14: a running worker that AWS Batch forgets counts as ended", async (t) => {
  const { fake, backend, job, workers } = await startPool(t, { emulators, command: FOREVER });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning);
  fake.forget(submissions(fake)[0]?.jobId as string);
  const [first] = await workers(jobId, allExited);
  t.regex(first?.reason as string, /AWS Batch no longer knows the job/);
});

test("semantic 14: the end of an older generation does not hide that of a newer one", async (t) => {
  const { fake, backend, records, reopen, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
  });
  const submitted = await job(2);
  const { jobId } = submitted.spec;
  await backend.pool.start(submitted, [0, 1]);
  await workers(jobId, allRunning);
  const parent = submissions(fake)[0]?.jobId;
  fake.crash(`${parent}:1`);
  await workers(jobId, (all) => all[1]?.state === "exited");
  await backend.pool.start(submitted, [1]);
  await workers(jobId, allRunning);
  fake.crash(submissions(fake)[1]?.jobId as string);
  await workers(jobId, (all) => all[1]?.state === "exited");
  await until(async () => (await records.endings(jobId)).get(1)?.generation === 2 || undefined);
  // The next life asks for both children of the first generation, since one of them runs.
  const next = await reopen();
  await workers(jobId, (all) => all[0]?.state === "running", next);
  fake.crash(`${parent}:0`);
  await workers(jobId, allExited, next);
  t.is((await records.endings(jobId)).get(1)?.generation, 2);
});
