import { MillraceError } from "@millrace/core";
import test from "ava";
import { configEnvironment, parseAwsConfig } from "../../src/aws/config.ts";

const LEAST = {
  AWS_REGION: "eu-west-1",
  MILLRACE_AWS_CLUSTER: "prod",
  MILLRACE_AWS_BUCKET: "prod-objects",
  MILLRACE_AWS_JOB_QUEUES: '{"cpu":"prod-cpu"}',
  MILLRACE_AWS_JOB_ROLE: "arn:aws:iam::123456789012:role/job",
  MILLRACE_AWS_EXECUTION_ROLE: "arn:aws:iam::123456789012:role/execution",
  MILLRACE_AWS_WORKER_IMAGE: "image@sha256:0000",
};
const MOST = {
  ...LEAST,
  MILLRACE_AWS_REGION: "eu-north-1",
  MILLRACE_AWS_TABLE: "t",
  MILLRACE_AWS_EVENTS_QUEUE: "e",
  MILLRACE_AWS_LOG_GROUP: "/l",
  MILLRACE_AWS_WORKER_LOG_GROUP: "/w",
  MILLRACE_AWS_JOB_QUEUES:
    '{"cpu":"c","g5":"arn:aws:batch:eu-west-1:123456789012:job-queue/g","g5-spot":"s"}',
  MILLRACE_AWS_WORKER_COMMAND: '["sh","-c","echo \\"é $HOME\\""]',
  MILLRACE_AWS_SCRATCH: "/mnt/scratch",
  MILLRACE_AWS_BATCH_POLL_SECONDS: "2.5",
  MILLRACE_AWS_QUEUE_SETTLE_SECONDS: "0",
  MILLRACE_AWS_ENDPOINT: "http://127.0.0.1:5000",
  MILLRACE_AWS_ENDPOINT_BATCH: "https://batch.example:8443/path",
};

test("parseAwsConfig() derives defaults from the cluster's name", (t) => {
  t.deepEqual(parseAwsConfig(LEAST), {
    region: "eu-west-1",
    cluster: "prod",
    bucket: "prod-objects",
    table: "prod-ledger",
    eventsQueue: "prod-batch-events",
    logGroup: "/millrace/prod/jobs",
    workerLogGroup: "/millrace/prod/workers",
    jobQueues: { cpu: "prod-cpu" },
    jobRoleArn: LEAST.MILLRACE_AWS_JOB_ROLE,
    executionRoleArn: LEAST.MILLRACE_AWS_EXECUTION_ROLE,
    workerImage: "image@sha256:0000",
    workerGpuImage: "image@sha256:0000",
    workerCommand: ["millrace-worker", "run"],
    scratchDirectory: "/var/lib/millrace",
    batchPollSeconds: 1,
    queueSettleSeconds: 1,
    endpoints: {},
  });
});

test("parseAwsConfig() prefers one service's endpoint over the common one", (t) => {
  const { region, endpoints } = parseAwsConfig(MOST);
  t.is(region, "eu-north-1");
  t.deepEqual(endpoints, {
    sqs: "http://127.0.0.1:5000",
    dynamodb: "http://127.0.0.1:5000",
    s3: "http://127.0.0.1:5000",
    batch: "https://batch.example:8443/path",
    logs: "http://127.0.0.1:5000",
  });
});

test("parseAwsConfig() returns a frozen configuration", (t) => {
  const config = parseAwsConfig(MOST);
  for (const part of [config, config.jobQueues, config.workerCommand, config.endpoints]) {
    t.true(Object.isFrozen(part));
  }
});

for (const [name, environment] of [
  ["defaults", LEAST],
  ["everything set", MOST],
] as const) {
  test(`configEnvironment() returns variables that parse to the same configuration: ${name}`, (t) => {
    const config = parseAwsConfig(environment);
    const made = configEnvironment(config);
    t.deepEqual(parseAwsConfig(made), config);
    t.is(made.MILLRACE_BACKEND, "aws");
  });
}

for (const name of Object.keys(LEAST)) {
  const variable = name === "AWS_REGION" ? "MILLRACE_AWS_REGION" : name;
  test(`parseAwsConfig() names ${variable} when it is missing or blank`, (t) => {
    for (const value of [undefined, "", "  "]) {
      const error = t.throws(() => parseAwsConfig({ ...LEAST, [name]: value }), {
        instanceOf: MillraceError,
      });
      t.is(error.code, "invalid_config");
      t.deepEqual(error.details, { field: variable });
      t.regex(error.message, new RegExp(`^Cannot use ${variable} "": expected `));
    }
  });
}

const BAD: readonly (readonly [string, readonly string[]])[] = [
  ["MILLRACE_AWS_CLUSTER", ["Prod", "1prod", "prod_1", "a".repeat(33)]],
  ["MILLRACE_AWS_JOB_QUEUES", ["prod-cpu", "{}", "null", '["cpu"]', '{"g5":"g"}', '{"cpu":1}', '"cpu"']],
  ["MILLRACE_AWS_WORKER_COMMAND", ["millrace-worker run", "[]", "[1]", "{}", "null"]],
  ["MILLRACE_AWS_BATCH_POLL_SECONDS", ["1s", "-1", "61", "NaN", "Infinity"]],
  ["MILLRACE_AWS_QUEUE_SETTLE_SECONDS", ["soon", "-0.1", "3600"]],
  ["MILLRACE_AWS_ENDPOINT", ["127.0.0.1:5000", "localhost:5000", "ftp://host"]],
  ["MILLRACE_AWS_ENDPOINT_SQS", ["nowhere", "localhost:4566"]],
];
for (const [name, values] of BAD) {
  for (const value of values) {
    test(`parseAwsConfig() refuses ${name}=${value} and names it`, (t) => {
      const error = t.throws(() => parseAwsConfig({ ...LEAST, [name]: value }), {
        instanceOf: MillraceError,
      });
      t.is(error.code, "invalid_config");
      t.deepEqual(error.details, { field: name });
      t.true(error.message.startsWith(`Cannot use ${name} "${value}": expected `), error.message);
    });
  }
}
