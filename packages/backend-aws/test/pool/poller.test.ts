import { TerminateJobCommand } from "@aws-sdk/client-batch";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Emulators } from "@millrace/aws-emulator";
import { silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { makeClients } from "../../src/aws/clients.ts";
import { EventReader } from "../../src/pool/event-reader.ts";
import { BatchPoller } from "../../src/pool/poller.ts";
import { createCluster, startTestEmulators } from "../fixtures/cluster.ts";
import { allRunning, shell, startPool, submissions, until } from "./pool-harness.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const FOREVER = shell("exec sleep 600");

/** A poller of an AWS Batch that answers what a test wants, and what it was asked. */
function startPoller(
  t: ExecutionContext,
  {
    everyMs = 0,
    answer,
  }: { readonly everyMs?: number; readonly answer: (ids: readonly string[]) => object[] },
) {
  const calls: { readonly ids: readonly string[]; readonly atMs: number }[] = [];
  const changes: string[] = [];
  const poller = new BatchPoller({
    batch: {
      send: (async ({ input }: { readonly input: { readonly jobs: readonly string[] } }) => {
        calls.push({ ids: input.jobs, atMs: performance.now() });
        return { jobs: answer(input.jobs) };
      }) as never,
    },
    logger: silentLogger,
    everyMs,
    onChange: (parentId) => changes.push(parentId),
  });
  t.teardown(() => poller.close());
  return { poller, calls, changes };
}

const withStatus = (status: string) => (ids: readonly string[]) => ids.map((jobId) => ({ jobId, status }));

test("poller: a sweep over 250 children takes 3 calls of at most 100 ids", async (t) => {
  const { poller, calls } = startPoller(t, { answer: withStatus("RUNNING") });
  poller.watch("a", 250);
  await until(() => (calls.length >= 3 ? true : undefined));
  const sweep = calls.slice(0, 3).map(({ ids }) => ids);
  t.true(sweep.every((ids) => ids.length <= 100 && new Set(ids).size === ids.length));
  t.is(new Set(sweep.flat()).size, 250);
  await until(() => poller.child("a", 249));
});

test("poller: ended children are not asked for again, and all others are in turn", async (t) => {
  const { poller, calls } = startPoller(t, {
    answer: (ids) => ids.map((jobId) => ({ jobId, status: jobId === "a:7" ? "RUNNING" : "SUCCEEDED" })),
  });
  poller.watch("a", 150);
  await until(() => (calls.length >= 6 ? true : undefined));
  t.true(calls.slice(3).every(({ ids }) => ids.length === 1 && ids[0] === "a:7"));
});

test("poller: an event moves a child to the front, an unknown event does nothing", async (t) => {
  const { poller, calls } = startPoller(t, { everyMs: 50, answer: withStatus("RUNNING") });
  poller.watch("a", 450);
  await until(() => (calls.length >= 5 ? true : undefined));
  const before = calls.length;
  // The line goes on from 0: this one would not be due for some calls.
  poller.hint("a:444");
  poller.hint("foreign:1");
  poller.hint("a");
  await until(() => (calls.length > before ? true : undefined));
  t.is(calls[before]?.ids[0], "a:444");
  t.false(calls.some(({ ids }) => ids.includes("a") || ids.includes("foreign:1")));
});

test("poller: an error delays the next call, which asks for the same ids first", async (t) => {
  let failures = 1;
  const { poller, calls } = startPoller(t, {
    everyMs: 10,
    answer: (ids) => {
      if (failures-- > 0) throw Object.assign(new Error("slow down"), { name: "TooManyRequestsException" });
      return withStatus("RUNNING")(ids);
    },
  });
  poller.watch("a", 120);
  await until(() => (calls.length >= 3 ? true : undefined));
  const [first, second, third] = calls;
  if (!first || !second || !third) return t.fail();
  const waitedMs = second.atMs - first.atMs;
  t.true(waitedMs >= 500, `${waitedMs} ms after the refusal`);
  t.true(third.atMs - second.atMs < waitedMs, "an answer ends the back-off");
});

test("poller: forget() stops asking for a job, close() for all jobs", async (t) => {
  const { poller, calls } = startPoller(t, { everyMs: 20, answer: withStatus("RUNNING") });
  poller.watch("a", 2);
  poller.watch("b", 1);
  await until(() => (poller.child("a", 0) && poller.child("b", 0) ? true : undefined));
  poller.forget("a");
  const before = calls.length;
  await until(() => (calls.length >= before + 3 ? true : undefined));
  t.true(calls.slice(before + 1).every(({ ids }) => ids.join() === "b"));
  await poller.close();
  const end = calls.length;
  poller.watch("c", 1);
  poller.hint("b");
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.is(calls.length, end);
});

test("semantic 14: poller: a job that was never seen is waited for", async (t) => {
  const { poller, calls, changes } = startPoller(t, { answer: () => [] });
  poller.watch("a", 1);
  await until(() => (calls.length >= 5 ? true : undefined));
  t.is(poller.child("a", 0), undefined);
  t.deepEqual(changes, []);
});

test("the pool asks no more often than configured, and the SDK does not repeat a throttled call", async (t) => {
  const { fake, backend, requests, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
    config: { MILLRACE_AWS_BATCH_POLL_SECONDS: "0.2" },
  });
  fake.throttle(1, "DescribeJobs");
  const submitted = await job(2);
  await backend.pool.start(submitted, [0, 1]);
  await workers(submitted.spec.jobId, allRunning);
  const calls = () => requests.filter(({ name }) => name === "batch.DescribeJobs").map(({ atMs }) => atMs);
  await until(() => (calls().length >= 5 ? true : undefined));
  const gaps = calls().flatMap((atMs, i, all) => (i === 0 ? [] : [atMs - (all[i - 1] as number)]));
  t.true((gaps[0] as number) >= 690, `${gaps[0]} ms after the refusal`);
  t.true(
    gaps.every((gap) => gap >= 195),
    `${gaps.map(Math.round)}`,
  );
});

test("EventReader removes events from their queue, and names the jobs of AWS Batch events", async (t) => {
  const config = await createCluster(emulators.urls);
  const { sqs, close } = makeClients(config);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: config.eventsQueue }));
  const bodies = ["no JSON", "null", '{"source":"aws.ec2","detail":{"jobId":"x"}}', '{"source":"aws.batch"}'];
  bodies.push('{"source":"aws.batch","detail":{"jobId":"a:1"}}');
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const named: string[] = [];
  const reader = new EventReader({
    sqs,
    queue: config.eventsQueue,
    logger: silentLogger,
    onJob: (id) => named.push(id),
  });
  const AttributeNames = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
  ] satisfies QueueAttributeName[];
  await until(async () => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return AttributeNames.every((name) => Attributes[name] === "0") || undefined;
  });
  t.deepEqual(named, ["a:1"]);
  await reader.close();
  close();
});

test("events make the pool ask for their jobs ahead of their turn", async (t) => {
  const { fake, backend, clients, config, job, workers } = await startPool(t, {
    emulators,
    command: FOREVER,
  });
  fake.setCapacity(0);
  const submitted = await job(2_000);
  const { jobId } = submitted.spec;
  await backend.pool.start(
    submitted,
    Array.from({ length: 2_000 }, (_, i) => i),
  );
  await workers(jobId, (all) => all.every(({ reason }) => /^waiting for capacity/.test(reason ?? "")));
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: config.eventsQueue }));
  // In turns, ten calls would be between the two.
  const before = fake.requests.DescribeJobs;
  for (const index of [500, 1_500]) {
    const id = `${submissions(fake)[0]?.jobId}:${index}`;
    await clients.batch.send(new TerminateJobCommand({ jobId: id, reason: "test" }));
    const MessageBody = JSON.stringify({ source: "aws.batch", detail: { jobId: id } });
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }
  await workers(jobId, (all) => all[500]?.state === "exited" && all[1_500]?.state === "exited");
  const calls = fake.requests.DescribeJobs - before;
  t.true(calls < 10, `${calls} calls`);
});
