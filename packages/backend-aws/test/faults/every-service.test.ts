import { DescribeJobsCommand } from "@aws-sdk/client-batch";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import { ListQueuesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import test from "ava";
import { awsErrorName, isPassing } from "../../src/aws/aws-errors.ts";
import { errorOf, type Harness, startHarness, startTargets } from "./harness.ts";

const { targets, stop } = await startTargets();
test.after.always(stop);

const SERVICES = ["sqs", "dynamodb", "s3", "logs", "batch"] as const;
type Service = (typeof SERVICES)[number];

/** One harmless request to each service. */
const ASK: Record<Service, (harness: Harness) => Promise<unknown>> = {
  sqs: ({ sqs }) => sqs.send(new ListQueuesCommand({})),
  dynamodb: ({ dynamodb }) => dynamodb.send(new ListTablesCommand({})),
  s3: ({ s3 }) => s3.send(new ListBucketsCommand({})),
  logs: ({ logs }) => logs.send(new DescribeLogGroupsCommand({})),
  batch: ({ batch }) => batch.send(new DescribeJobsCommand({ jobs: ["none"] })),
};

const INTERNAL: Record<Service, string> = {
  sqs: "InternalServerError",
  dynamodb: "InternalServerError",
  s3: "InternalError",
  logs: "InternalServerError",
  batch: "ServerException",
};
const THROTTLED: Record<Service, readonly [string, number]> = {
  sqs: ["RequestThrottled", 400],
  dynamodb: ["ProvisionedThroughputExceededException|ThrottlingException", 400],
  s3: ["SlowDown", 503],
  logs: ["ThrottlingException", 400],
  batch: ["TooManyRequestsException", 429],
};

for (const service of SERVICES) {
  test(`${service}: error500 answers with the service's internal error and forwards nothing`, async (t) => {
    const harness = await startHarness(t, { targets });
    harness.proxy.inject({ service, kind: "error500" });
    const error = await errorOf(ASK[service](harness));
    t.is(awsErrorName(error), INTERNAL[service]);
    t.is(error.status, 500);
    t.true(isPassing(error));
    t.deepEqual(harness.proxy.counts[service], { error500: 1 });
    t.deepEqual(harness.proxy.requests[service], {});
    await ASK[service](harness);
  });

  test(`${service}: throttle answers as the service does when it is asked too often`, async (t) => {
    const harness = await startHarness(t, { targets });
    harness.proxy.inject({ service, kind: "throttle" });
    const error = await errorOf(ASK[service](harness));
    const [name, status] = THROTTLED[service];
    t.regex(awsErrorName(error), new RegExp(`^(${name})$`));
    t.is(error.status, status);
    t.true(isPassing(error));
    t.deepEqual(harness.proxy.counts[service], { throttle: 1 });
    t.deepEqual(harness.proxy.requests[service], {});
  });

  test(`${service}: drop ends the connection and forwards nothing`, async (t) => {
    const harness = await startHarness(t, { targets });
    harness.proxy.inject({ service, kind: "drop" });
    const error = await errorOf(ASK[service](harness));
    t.true(isPassing(error), String(error));
    t.is(error.status, undefined);
    t.deepEqual(harness.proxy.counts[service], { drop: 1 });
    t.deepEqual(harness.proxy.requests[service], {});
  });

  test(`${service}: timeoutAfterSuccess forwards and ends the connection`, async (t) => {
    const harness = await startHarness(t, { targets });
    harness.proxy.inject({ service, kind: "timeoutAfterSuccess" });
    const error = await errorOf(ASK[service](harness));
    t.true(isPassing(error), String(error));
    t.deepEqual(harness.proxy.counts[service], { timeoutAfterSuccess: 1 });
    t.deepEqual(Object.values(harness.proxy.requests[service]), [1]);
  });

  test(`${service}: delay delays the response`, async (t) => {
    const harness = await startHarness(t, { targets });
    harness.proxy.inject({ service, kind: "delay", delayMs: 300 });
    const startMs = performance.now();
    await ASK[service](harness);
    t.true(performance.now() - startMs >= 299);
    t.deepEqual(harness.proxy.counts[service], { delay: 1 });
  });
}

test("s3: error500 answers HEAD without a body", async (t) => {
  const { proxy, s3 } = await startHarness(t, { targets });
  proxy.inject({ service: "s3", operation: "HeadBucket", kind: "error500" });
  t.is((await errorOf(s3.send(new HeadBucketCommand({ Bucket: "any" })))).status, 500);
});

test("timeoutAfterSuccess leaves what was written", async (t) => {
  const { proxy, dynamodb, table } = await startHarness(t, { targets });
  const TableName = await table();
  proxy.inject({ service: "dynamodb", operation: "PutItem", kind: "timeoutAfterSuccess" });
  await t.throwsAsync(dynamodb.send(new PutCommand({ TableName, Item: { pk: "a", sk: "b", n: 1 } })));
  const { Item } = await dynamodb.send(new GetCommand({ TableName, Key: { pk: "a", sk: "b" } }));
  t.is(Item?.n, 1);
});

test("the SDK survives an error, a throttle and a drop", async (t) => {
  const { proxy, sqs, queue } = await startHarness(t, { targets, maxAttempts: 5 });
  const QueueUrl = await queue();
  for (const kind of ["error500", "throttle", "drop"] as const) proxy.inject({ service: "sqs", kind });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
  t.deepEqual(proxy.counts.sqs, { error500: 1, throttle: 1, drop: 1 });
  t.is(proxy.requests.sqs.SendMessage, 1);
});
