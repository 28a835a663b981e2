import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { Emulators } from "@millrace/aws-emulator";
import { batch, newJobId } from "@millrace/backend-suite";
import { type DeadLetter, MillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openAwsWorkerBackend } from "../../src/backend.ts";
import { clusterConfig, startTestEmulators } from "../fixtures/cluster.ts";
import { startFaultyCluster } from "../fixtures/faulty-cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const ACCOUNT = "000000000000";
const arnOf = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

function letter(first: number): DeadLetter {
  return {
    jobId: "job",
    apiName: "api",
    batch: batch(first, 2),
    payload: [{ uri: "s3://bucket/items.ndjson", format: "ndjson", start: 0, end: 9 }],
    error: { code: "predictor_error", message: "no", attempts: 3 },
  };
}

async function startQueue(t: ExecutionContext) {
  const cluster = await startFaultyCluster(t, { emulators });
  const { sqs } = cluster.clients;
  const name = `letters-${newJobId()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { deadLetters } = cluster.backend;
  if (!deadLetters) throw new Error("Cannot continue: the backend serves no dead-letter queues");
  return { ...cluster, sqs, QueueUrl, arn: arnOf(name), deadLetters };
}

test("check() finds a queue by its ARN, and sends nothing", async (t) => {
  const { deadLetters, arn, faults } = await startQueue(t);
  await t.notThrowsAsync(deadLetters.check(arn));
  t.deepEqual(Object.keys(faults.requests.sqs).toSorted(), ["CreateQueue", "GetQueueUrl"]);
});

for (const arn of [
  "",
  "letters",
  "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
  "arn:aws:sns:us-east-1:123456789012:letters",
  "arn:aws:sqs:us-east-1:1234:letters",
  "arn:aws:sqs:us-east-1:123456789012:letters.fifo",
  `arn:aws:sqs:us-east-1:123456789012:${"a".repeat(81)}`,
]) {
  test(`check() refuses "${arn.slice(0, 60)}" and names the field`, async (t) => {
    const { deadLetters } = await openAwsWorkerBackend({
      config: clusterConfig("http://127.0.0.1:1"),
      logger: silentLogger,
    });
    const error = await t.throwsAsync(deadLetters?.check(arn) as Promise<void>, {
      instanceOf: MillraceError,
    });
    t.is(error.code, "invalid_submission");
    t.deepEqual(error.details, { field: "sqs_dead_letter_queue.arn" });
    t.regex(error.message, /expected arn:aws:sqs:/);
  });
}

test("check() refuses a queue that does not exist, and finds it once it does", async (t) => {
  const { deadLetters, sqs } = await startQueue(t);
  const name = `later-${newJobId()}`;
  await t.throwsAsync(deadLetters.check(arnOf(name)), {
    code: "invalid_submission",
    message: /there is no such queue, or its policy does not let Millrace see it/,
  });
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await t.notThrowsAsync(deadLetters.check(arnOf(name)));
});

test("check() refuses a queue whose policy excludes Millrace, as the user's mistake", async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(403, { "content-type": "application/x-amz-json-1.0" });
    response.end('{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  const { deadLetters } = await openAwsWorkerBackend({
    config: clusterConfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    logger: silentLogger,
  });
  await t.throwsAsync(deadLetters?.check(arnOf("letters")) as Promise<void>, {
    code: "invalid_submission",
    message: /its policy does not let Millrace see it/,
  });
});

test("send() sends ids and places, never items, and again what SQS failed", async (t) => {
  const { deadLetters, arn, sqs, QueueUrl, faults } = await startQueue(t);
  faults.inject({ service: "sqs", operation: "SendMessageBatch", kind: "partialFailure", times: 2 });
  const letters = Array.from({ length: 12 }, (_, i) => letter(i * 2));
  await deadLetters.send(arn, letters);
  t.is(faults.counts.sqs.partialFailure, 2, "requests go where the endpoint says");
  const bodies: { readonly first_index: number }[] = [];
  while (bodies.length < 12) {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    if (Messages.length === 0) return t.fail(`only ${bodies.length} of 12`);
    bodies.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as { first_index: number }));
  }
  t.deepEqual(
    bodies.map(({ first_index }) => first_index).toSorted((a, b) => a - b),
    letters.map((one) => one.batch.first),
  );
  t.deepEqual(
    bodies.find(({ first_index }) => first_index === 0),
    {
      job_id: "job",
      api_name: "api",
      batch_id: "000000000000-2",
      first_index: 0,
      count: 2,
      payload: [{ uri: "s3://bucket/items.ndjson", format: "ndjson", start: 0, end: 9 }],
      error: { code: "predictor_error", message: "no", attempts: 3 },
    } as never,
  );
});

test("send() throws when entries fail repeatedly", async (t) => {
  const { deadLetters, arn, faults } = await startQueue(t);
  faults.inject({ service: "sqs", operation: "SendMessageBatch", kind: "partialFailure", times: 6 });
  await t.throwsAsync(deadLetters.send(arn, [letter(0)]), { code: "unavailable", message: /InternalError/ });
});

test("send() says that the queue is gone, whether it was used before or not", async (t) => {
  const { deadLetters, arn, sqs, QueueUrl } = await startQueue(t);
  await deadLetters.check(arn);
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  const expected = {
    code: "backend_misconfigured",
    message: /it is gone; failed items are still in the job's failures/,
  };
  await t.throwsAsync(deadLetters.send(arn, [letter(0)]), expected);
  await t.throwsAsync(deadLetters.send(arnOf("never-was"), [letter(0)]), expected);
});
