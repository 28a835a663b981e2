import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { type Emulators, type FakeBatch, startFakeBatch } from "@millrace/aws-emulator";
import { newJobId } from "@millrace/backend-suite";
import { MillraceError } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { makeClients } from "../src/aws/clients.ts";
import type { AwsConfig, Service } from "../src/aws/config.ts";
import { checkResources } from "../src/check-resources.ts";
import { tableDefinition } from "../src/ledger/table-definition.ts";
import { clusterConfig, createCluster, startTestEmulators } from "./fixtures/cluster.ts";

let emulators: Emulators;
let batch: FakeBatch;
let urls: Emulators["urls"] & { readonly batch: string };
/** Everything there. */
let whole: AwsConfig;
test.before(async () => {
  emulators = await startTestEmulators();
  batch = await startFakeBatch({
    queues: ["cpu", "g5", "g5-spot"].map((name) => ({ name, schedulingPolicy: true })),
    logDirectory: join(tmpdir(), newJobId()),
  });
  urls = { ...emulators.urls, batch: batch.url };
  whole = await createCluster(urls);
});
test.after.always(async () => {
  await batch?.stop();
  await emulators?.stop();
});

/** What the check finds wrong. */
async function problemsOf(t: ExecutionContext, config: AwsConfig): Promise<readonly string[]> {
  const clients = makeClients(config);
  t.teardown(() => clients.close());
  try {
    await checkResources(clients, config);
    return [];
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    t.is(error.code, "backend_misconfigured");
    t.true(error.message.startsWith(`Cannot use cluster "${config.cluster}" in us-east-1: `));
    return error.details.problems as readonly string[];
  }
}

const NONE = "there is none, deploy the infrastructure or correct the name";

test("checkResources() accepts a complete cluster, also when job queues are given as ARNs", async (t) => {
  t.deepEqual(await problemsOf(t, whole), []);
  const cpu = "arn:aws:batch:us-east-1:123456789012:job-queue/cpu";
  t.deepEqual(await problemsOf(t, { ...whole, jobQueues: { cpu } }), []);
});

const MISSING: readonly (readonly [string, (config: AwsConfig) => Partial<AwsConfig>, string])[] = [
  ["bucket", () => ({ bucket: "not-there" }), `bucket "not-there" (MILLRACE_AWS_BUCKET): ${NONE}`],
  ["table", () => ({ table: "not-there" }), `table "not-there" (MILLRACE_AWS_TABLE): ${NONE}`],
  [
    "events queue",
    () => ({ eventsQueue: "not-there" }),
    `queue "not-there" (MILLRACE_AWS_EVENTS_QUEUE): ${NONE}`,
  ],
  ["log group", () => ({ logGroup: "/no/jobs" }), `log group "/no/jobs" (MILLRACE_AWS_LOG_GROUP): ${NONE}`],
  [
    "workers' log group",
    () => ({ workerLogGroup: "/no/workers" }),
    `log group "/no/workers" (MILLRACE_AWS_WORKER_LOG_GROUP): ${NONE}`,
  ],
  [
    "job queues",
    ({ jobQueues }) => ({ jobQueues: { ...jobQueues, p4d: "p", "p4d-spot": "ps" } }),
    'job queues of AWS Batch (MILLRACE_AWS_JOB_QUEUES): there is no "p", "ps"',
  ],
];
for (const [what, change, problem] of MISSING) {
  test(`checkResources() names a missing ${what} and its variable`, async (t) => {
    t.deepEqual(await problemsOf(t, { ...whole, ...change(whole) }), [problem]);
  });
}

test("checkResources() names a missing index", async (t) => {
  const table = `table-${newJobId()}`;
  const { GlobalSecondaryIndexes = [], ...definition } = tableDefinition(table);
  const { dynamodb, close } = makeClients(whole);
  await dynamodb.send(
    new CreateTableCommand({
      ...definition,
      AttributeDefinitions: definition.AttributeDefinitions?.filter(
        ({ AttributeName }) => AttributeName !== "active",
      ),
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.filter(({ IndexName }) => IndexName !== "active_jobs"),
    }),
  );
  close();
  t.deepEqual(await problemsOf(t, { ...whole, table }), [
    `table "${table}" (MILLRACE_AWS_TABLE): index active_jobs is missing, deploy the infrastructure again`,
  ]);
});

test("checkResources() names everything that is missing at once", async (t) => {
  const problems = await problemsOf(t, clusterConfig(urls, { MILLRACE_AWS_JOB_QUEUES: '{"cpu":"none"}' }));
  t.is(problems.length, 6, problems.join("\n"));
});

/** A service that refuses everything. */
async function startRefusing(t: ExecutionContext): Promise<string> {
  const server = createServer(({ headers, method }, response) => {
    const isS3 = /\/s3\/aws4_request/.test(headers.authorization ?? "");
    response.writeHead(403, {
      "content-type": isS3 ? "application/xml" : "application/x-amz-json-1.0",
      "x-amzn-errortype": "AccessDeniedException",
    });
    if (method === "HEAD") response.end();
    else if (isS3) response.end("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    else response.end('{"__type":"AccessDeniedException","message":"User is not authorized"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const REFUSED: Readonly<Record<Service, readonly string[]>> = {
  s3: ["MILLRACE_AWS_BUCKET"],
  dynamodb: ["MILLRACE_AWS_TABLE"],
  sqs: ["MILLRACE_AWS_EVENTS_QUEUE", "MILLRACE_AWS_CLUSTER"],
  logs: ["MILLRACE_AWS_LOG_GROUP", "MILLRACE_AWS_WORKER_LOG_GROUP"],
  batch: ["MILLRACE_AWS_JOB_QUEUES"],
};
for (const [service, variables] of Object.entries(REFUSED)) {
  test(`checkResources() says what is not permitted at ${service}`, async (t) => {
    const endpoints = { ...whole.endpoints, [service]: await startRefusing(t) };
    const problems = await problemsOf(t, { ...whole, endpoints });
    t.deepEqual(
      problems.map((problem) => /\((\w+)\): not permitted \(/.exec(problem)?.[1]),
      [...variables],
    );
    t.true(problems.every((problem) => problem.endsWith("check the credentials and the role's policy")));
  });
}

test("checkResources() names services that do not respond", async (t) => {
  const endpoints = { ...whole.endpoints, batch: "http://127.0.0.1:1" };
  const [problem, ...others] = await problemsOf(t, { ...whole, endpoints });
  t.regex(problem as string, /^job queues of AWS Batch \(MILLRACE_AWS_JOB_QUEUES\): not reachable \(/);
  t.deepEqual(others, []);
});
