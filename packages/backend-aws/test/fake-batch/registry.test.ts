import {
  ClientException,
  DeregisterJobDefinitionCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
} from "@aws-sdk/client-batch";
import test from "ava";
import { FOREVER, shell, startHarness } from "./harness.ts";

test("RegisterJobDefinition creates a new revision each time, and DescribeJobDefinitions returns them", async (t) => {
  const { client, define } = await startHarness(t);
  const more = { jobDefinitionName: "worker", tags: { project: "millrace" } };
  t.is(await define(FOREVER, more), "arn:aws:batch:us-east-1:123456789012:job-definition/worker:1");
  const second = await define(FOREVER, more);
  t.true(second.endsWith("worker:2"));
  const { jobDefinitions } = await client.send(
    new DescribeJobDefinitionsCommand({ jobDefinitionName: "worker", status: "ACTIVE" }),
  );
  t.deepEqual(
    jobDefinitions?.map(({ revision, status, tags }) => [revision, status, tags?.project]),
    [
      [2, "ACTIVE", "millrace"],
      [1, "ACTIVE", "millrace"],
    ],
  );
  t.deepEqual(jobDefinitions?.[0]?.containerProperties?.command, FOREVER);
  const byArn = await client.send(new DescribeJobDefinitionsCommand({ jobDefinitions: [second] }));
  t.deepEqual(
    byArn.jobDefinitions?.map(({ revision }) => revision),
    [2],
  );
});

test("DeregisterJobDefinition leaves the revision INACTIVE, and SubmitJob takes the latest active one", async (t) => {
  const { client, define, submit, job } = await startHarness(t);
  const first = await define(FOREVER, { jobDefinitionName: "worker" });
  const second = await define(FOREVER, { jobDefinitionName: "worker" });
  await client.send(new DeregisterJobDefinitionCommand({ jobDefinition: second }));
  const { jobDefinitions } = await client.send(new DescribeJobDefinitionsCommand({ status: "INACTIVE" }));
  t.deepEqual(
    jobDefinitions?.map(({ jobDefinitionArn }) => jobDefinitionArn),
    [second],
  );
  t.is((await job(await submit([], { jobDefinition: "worker" }))).jobDefinition, first);
  await t.throwsAsync(submit([], { jobDefinition: second }), { instanceOf: ClientException });
  await t.throwsAsync(submit([], { jobDefinition: "worker:3" }), { instanceOf: ClientException });
});

test("DescribeJobDefinitions returns pages", async (t) => {
  const { client, define } = await startHarness(t);
  for (let made = 0; made < 5; made++) await define(FOREVER);
  const sizes: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new DescribeJobDefinitionsCommand({ maxResults: 2, nextToken }));
    sizes.push(page.jobDefinitions?.length ?? 0);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  t.deepEqual(sizes, [2, 2, 1]);
});

test("RegisterJobDefinition refuses what the service refuses", async (t) => {
  const { define, client } = await startHarness(t);
  const resources = (...pairs: [string, string][]) => ({
    containerProperties: {
      resourceRequirements: pairs.map(([type, value]) => ({ type: type as "VCPU", value })),
    },
  });
  const refused = (more: Parameters<typeof define>[1], message: RegExp) =>
    t.throwsAsync(define(FOREVER, more), { instanceOf: ClientException, message });
  await refused(resources(["VCPU", "1"], ["MEMORY", "3"]), /MEMORY/);
  await refused(resources(["VCPU", "0"], ["MEMORY", "4"]), /VCPU/);
  await refused(resources(["VCPU", "1"], ["MEMORY", "4"], ["GPU", "half"]), /GPU/);
  await refused(resources(["VCPU", "1"]), /MEMORY/);
  await refused(resources(["VCPU", "1"], ["MEMORY", "4"], ["DISK", "4"]), /DISK/);
  await refused(
    { containerProperties: { environment: [{ name: "AWS_BATCH_SIZE", value: "1" }] } },
    /AWS_BATCH/,
  );
  await refused({ jobDefinitionName: "no.dots" }, /name/);
  await refused({ retryStrategy: { attempts: 11 } }, /attempts/);
  await refused({ timeout: { attemptDurationSeconds: 59 } }, /attemptDurationSeconds/);
  await t.throwsAsync(
    client.send(new RegisterJobDefinitionCommand({ jobDefinitionName: "x", type: "container" })),
    { instanceOf: ClientException },
  );
});

test("a retry strategy is held to its limits, in a definition and in a submission", async (t) => {
  const { define, submit } = await startHarness(t);
  const entry = { onExitCode: "75", action: "RETRY" as const };
  const strategies = [
    { attempts: 0 },
    { attempts: 11 },
    { attempts: 2, evaluateOnExit: Array(6).fill(entry) },
    { evaluateOnExit: [entry] },
    { attempts: 2, evaluateOnExit: [{ onExitCode: "7x", action: "RETRY" as const }] },
    { attempts: 2, evaluateOnExit: [{ onReason: "*Memory", action: "RETRY" as const }] },
    { attempts: 2, evaluateOnExit: [{ onReason: "a".repeat(513), action: "RETRY" as const }] },
    { attempts: 2, evaluateOnExit: [{ onReason: "x", action: "AGAIN" as "RETRY" }] },
    { attempts: 2, evaluateOnExit: [{ action: "RETRY" as const }] },
  ];
  for (const retryStrategy of strategies) {
    await t.throwsAsync(define(FOREVER, { retryStrategy }), { instanceOf: ClientException });
    await t.throwsAsync(submit(FOREVER, { retryStrategy }), { instanceOf: ClientException });
  }
  const five = { attempts: 10, evaluateOnExit: Array(5).fill(entry) };
  await t.notThrowsAsync(submit(shell("exit 0"), { retryStrategy: five }));
});

test("DescribeJobQueues and DescribeComputeEnvironments show the options' queues, by name or ARN", async (t) => {
  const { client } = await startHarness(t, { maxVcpus: 12 });
  const all = await client.send(new DescribeJobQueuesCommand({}));
  t.deepEqual(
    all.jobQueues?.map((queue) => [queue.jobQueueName, queue.schedulingPolicyArn, queue.state, queue.status]),
    [
      ["plain", undefined, "ENABLED", "VALID"],
      ["fair", "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair-policy", "ENABLED", "VALID"],
    ],
  );
  const arn = all.jobQueues?.[1]?.jobQueueArn as string;
  const one = await client.send(new DescribeJobQueuesCommand({ jobQueues: [arn, "absent"] }));
  t.deepEqual(
    one.jobQueues?.map(({ jobQueueName }) => jobQueueName),
    ["fair"],
  );
  const { computeEnvironments } = await client.send(
    new DescribeComputeEnvironmentsCommand({ computeEnvironments: ["spot"] }),
  );
  t.is(computeEnvironments?.[0]?.computeResources?.maxvCpus, 12);
  t.is(
    computeEnvironments?.[0]?.computeEnvironmentArn,
    one.jobQueues?.[0]?.computeEnvironmentOrder?.[0]?.computeEnvironment,
  );
});
