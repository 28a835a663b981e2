import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  BatchServiceException,
  DescribeJobsCommand,
  ListJobsCommand,
  ServerException,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import test from "ava";
import { clientOf, FOREVER, isRunning, shell, startHarness, until } from "./harness.ts";

// The SDK has no class for it: it makes its base class of the name in the header.
const THROTTLED = { instanceOf: BatchServiceException, name: "TooManyRequestsException" };

test("throttle() raises TooManyRequestsException, of one operation or of the next ones", async (t) => {
  const { fake, submit, job } = await startHarness(t);
  const id = await submit(shell("exit 0"));
  fake.throttle(1, "SubmitJob");
  await t.notThrowsAsync(job(id));
  await t.throwsAsync(submit(shell("exit 0")), THROTTLED);
  await t.notThrowsAsync(submit(shell("exit 0")));
  fake.throttle(2);
  await t.throwsAsync(job(id), THROTTLED);
  await t.throwsAsync(job(id), THROTTLED);
  await t.notThrowsAsync(job(id));
});

test("failNext() raises ServerException, and a client that retries succeeds", async (t) => {
  const { fake, define, job, submit } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  const id = await submit([], { jobDefinition });
  fake.failNext(1, "DescribeJobs");
  const error = await t.throwsAsync(job(id), { instanceOf: ServerException });
  t.is(error?.$metadata.httpStatusCode, 500);
  const retrying = clientOf(fake, 3);
  t.teardown(() => retrying.destroy());
  fake.failNext(2, "DescribeJobs");
  await t.notThrowsAsync(retrying.send(new DescribeJobsCommand({ jobs: [id] })));
  t.is(fake.requests.DescribeJobs, 4);
  t.is(fake.requests.SubmitJob, 1);
  t.is(fake.requests.ListJobs, 0);
});

test("duplicateSubmit() makes two jobs of one name and answers with one id", async (t) => {
  const { fake, define, submit, client } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  fake.duplicateSubmit(1);
  const id = await submit([], { jobDefinition, jobName: "twice-g1" });
  await submit([], { jobDefinition, jobName: "once-g1" });
  const { jobSummaryList } = await client.send(
    new ListJobsCommand({ jobQueue: "plain", filters: [{ name: "JOB_NAME", values: ["twice-g1"] }] }),
  );
  t.is(jobSummaryList?.length, 2);
  t.true(jobSummaryList?.some(({ jobId }) => jobId === id));
  t.is(fake.jobs().length, 3);
});

test("timeoutSubmit() creates the job and drops the response, so a retrying client creates a second job", async (t) => {
  const { fake, define, submit } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  fake.timeoutSubmit(1);
  await t.throwsAsync(submit([], { jobDefinition, jobName: "lost-g1" }));
  t.deepEqual(
    fake.jobs().map(({ jobName }) => jobName),
    ["lost-g1"],
  );
  const retrying = clientOf(fake, 3);
  t.teardown(() => retrying.destroy());
  fake.timeoutSubmit(1);
  await retrying.send(new SubmitJobCommand({ jobName: "twice-g1", jobQueue: "plain", jobDefinition }));
  t.deepEqual(
    fake.jobs().map(({ jobName }) => jobName),
    ["lost-g1", "twice-g1", "twice-g1"],
  );
});

test("forget() leaves a job and its children out of every answer", async (t) => {
  const { fake, submit, ended, client } = await startHarness(t);
  const id = await submit(shell("exit 0"), { arrayProperties: { size: 2 } });
  await ended(id);
  fake.forget(id);
  const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [id, `${id}:0`] }));
  t.deepEqual(jobs, []);
  const filters = [{ name: "JOB_NAME", values: ["*"] }];
  const { jobSummaryList } = await client.send(new ListJobsCommand({ jobQueue: "plain", filters }));
  t.deepEqual(jobSummaryList, []);
});

test("an injection into a job that does not exist or does not run throws", async (t) => {
  const { fake, submit, ended } = await startHarness(t);
  const id = await submit(shell("exit 0"));
  await ended(id);
  for (const inject of [fake.reclaimSpot, fake.outOfMemory, fake.crash]) {
    t.throws(() => inject(id), { instanceOf: RangeError, message: /SUCCEEDED/ });
    t.throws(() => inject("absent"), { instanceOf: RangeError });
  }
  t.throws(() => fake.forget("absent"), { instanceOf: RangeError });
});

test("jobs() shows each job with its process while it runs", async (t) => {
  const { fake, submit, status, ended } = await startHarness(t);
  const id = await submit(FOREVER, { containerOverrides: { environment: [{ name: "A", value: "b" }] } });
  await status(id, "RUNNING");
  const [snapshot] = fake.jobs();
  t.like(snapshot, { jobId: id, status: "RUNNING", queue: "plain", attempts: 0, environment: { A: "b" } });
  t.true(isRunning(snapshot?.pid as number));
  fake.crash(id);
  t.is((await ended(id)).container?.exitCode, 137);
  t.like(fake.jobs()[0], { status: "FAILED", attempts: 1 });
  t.is(fake.jobs()[0]?.pid, undefined);
});

test("stop() kills every process and closes the server; a second stop() changes nothing", async (t) => {
  const { fake, submit, status } = await startHarness(t);
  const id = await submit(shell("trap '' TERM; sleep 600 & wait"), { arrayProperties: { size: 2 } });
  await status(`${id}:0`, "RUNNING");
  await status(`${id}:1`, "RUNNING");
  const pids = fake.jobs().flatMap(({ pid }) => pid ?? []);
  t.is(pids.length, 2);
  await Promise.all([fake.stop(), fake.stop()]);
  for (const pid of pids) t.false(isRunning(pid));
  await t.throwsAsync(fetch(`${fake.url}/v1/listjobs`, { method: "POST" }));
});

test("the processes die with the fake's process", async (t) => {
  const { folder } = await startHarness(t);
  const script = `
    import { startFakeBatch } from "@millrace/aws-emulator";
    const fake = await startFakeBatch({
      queues: [{ name: "plain", schedulingPolicy: false }], logDirectory: ${JSON.stringify(folder)},
    });
    const post = async (path, body) =>
      (await fetch(fake.url + "/v1/" + path, { method: "POST", body: JSON.stringify(body) })).json();
    await post("registerjobdefinition", { jobDefinitionName: "d", type: "container", containerProperties: {
      image: "i", vcpus: 1, memory: 4, command: ["/bin/sleep", "600"] } });
    await post("submitjob", { jobName: "j", jobQueue: "plain", jobDefinition: "d" });
    while (fake.jobs()[0].pid === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(fake.jobs()[0].pid);
    process.exit(1);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  t.regex(output, /^[0-9]+\n$/);
  await until(() => !isRunning(Number(output)) || undefined);
});
