import { ClientException, DescribeJobsCommand, SubmitJobCommand } from "@aws-sdk/client-batch";
import test from "ava";
import { FOREVER, shell, startHarness } from "./harness.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("SubmitJob answers with a UUID, its ARN and the name, for a queue's name and its ARN", async (t) => {
  const { client, define } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  for (const jobQueue of ["plain", "arn:aws:batch:us-east-1:123456789012:job-queue/plain"]) {
    const answer = await client.send(new SubmitJobCommand({ jobName: "a-g1", jobQueue, jobDefinition }));
    t.regex(answer.jobId as string, UUID);
    t.is(answer.jobArn, `arn:aws:batch:us-east-1:123456789012:job/${answer.jobId}`);
    t.is(answer.jobName, "a-g1");
  }
});

test("SubmitJob refuses what the service refuses at once", async (t) => {
  const { fake, define, submit } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  const refused = (more: Parameters<typeof submit>[1], message: RegExp) =>
    t.throwsAsync(submit([], { jobDefinition, ...more }), { instanceOf: ClientException, message });
  const environment = (name: string, value = "") => ({
    containerOverrides: { environment: [{ name, value }] },
  });
  await refused({ arrayProperties: { size: 1 } }, /size/);
  await refused({ arrayProperties: { size: 10_001 } }, /size/);
  await refused({ jobName: "-starts-with-hyphen" }, /name/);
  await refused({ jobName: "has.dot" }, /name/);
  await refused({ jobName: "a".repeat(129) }, /name/);
  await refused({ jobQueue: "absent" }, /absent/);
  await refused({ jobQueue: "arn:aws:batch:us-east-1:999999999999:job-queue/plain" }, /queue/);
  await refused({ jobDefinition: "absent" }, /absent/);
  await refused(environment("AWS_BATCH_MINE"), /AWS_BATCH/);
  await refused(environment("LARGE", "x".repeat(30 * 1_024)), /body size/);
  await refused({ timeout: { attemptDurationSeconds: 1 } }, /attemptDurationSeconds/);
  await refused({ containerOverrides: { resourceRequirements: [{ type: "MEMORY", value: "2" }] } }, /MEMORY/);
  await refused({ dependsOn: [{ jobId: "absent" }] }, /absent/);
  await refused({ ecsPropertiesOverride: {} }, /ecsPropertiesOverride/);
  t.deepEqual(fake.jobs(), []);
  await t.notThrowsAsync(submit([], { jobDefinition, jobName: "a".repeat(128) }));
  await t.notThrowsAsync(submit([], { jobDefinition, arrayProperties: { size: 2 } }));
});

test("a queue with a scheduling policy needs a share identifier, one without refuses it", async (t) => {
  const { submit, job } = await startHarness(t, { maxVcpus: 0 });
  const refused = (more: Parameters<typeof submit>[1]) =>
    t.throwsAsync(submit(FOREVER, more), { instanceOf: ClientException, message: /shareIdentifier/ });
  await refused({ jobQueue: "plain", shareIdentifier: "api1" });
  await refused({ jobQueue: "fair" });
  await refused({ jobQueue: "fair", shareIdentifier: "my-api" });
  await refused({ jobQueue: "fair", shareIdentifier: "a".repeat(256) });
  const id = await submit(FOREVER, { jobQueue: "fair", shareIdentifier: "a".repeat(255) });
  t.is((await job(id)).shareIdentifier, "a".repeat(255));
});

test("overrides of more than 8,192 characters are accepted, and the job fails later", async (t) => {
  const { fake, define, submit, ended, job } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(shell("exit 0"), { retryStrategy: { attempts: 3 } });
  const overrides = (characters: number) => {
    const value = (length: number) => ({ environment: [{ name: "X", value: "x".repeat(length) }] });
    return { containerOverrides: value(characters - JSON.stringify(value(0)).length) };
  };
  const most = await submit([], { jobDefinition, ...overrides(8_192) });
  const id = await submit([], { jobDefinition, ...overrides(8_193) });
  t.is((await job(id)).statusReason, undefined);
  fake.setCapacity(2);
  const failed = await ended(id);
  t.is(failed.status, "FAILED");
  t.is(failed.statusReason, "Container Overrides length must be at most 8192");
  t.deepEqual(failed.attempts, []);
  t.is((await ended(most)).status, "SUCCEEDED");
});

test("SubmitJob is limited to 50 calls a second", async (t) => {
  const { define, submit } = await startHarness(t, { maxVcpus: 0 });
  const jobDefinition = await define(FOREVER);
  const calls = Array.from({ length: 300 }, () => submit([], { jobDefinition }));
  const answers = await Promise.allSettled(calls);
  const failures = answers.filter((answer) => answer.status === "rejected");
  t.true(answers.length - failures.length >= 50);
  t.true(failures.length > 0);
  t.true(failures.every(({ reason }) => reason.name === "TooManyRequestsException"));
  t.is(failures[0]?.reason.$metadata.httpStatusCode, 429);
});

test("DescribeJobs takes 1 to 100 ids and leaves unknown ones out", async (t) => {
  const { client, submit } = await startHarness(t, { maxVcpus: 0 });
  const id = await submit(FOREVER);
  const describe = (jobs: string[]) => client.send(new DescribeJobsCommand({ jobs }));
  await t.throwsAsync(describe(Array(101).fill(id)), { instanceOf: ClientException });
  await t.throwsAsync(describe([]), { instanceOf: ClientException });
  const { jobs } = await describe([...Array(99).fill("00000000-0000-4000-8000-000000000000"), id]);
  t.deepEqual(
    jobs?.map(({ jobId }) => jobId),
    [id],
  );
});

test("an operation that the fake does not implement is an error, not an empty response", async (t) => {
  const { fake } = await startHarness(t);
  const response = await fetch(`${fake.url}/v1/createjobqueue`, { method: "POST", body: "{}" });
  t.is(response.status, 404);
  const broken = await fetch(`${fake.url}/v1/describejobs`, { method: "POST", body: "{" });
  t.is(broken.status, 400);
  t.is(broken.headers.get("x-amzn-errortype"), "ClientException");
  t.like(await broken.json(), { message: "Could not parse request body into json" });
});
