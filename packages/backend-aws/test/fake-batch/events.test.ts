import type { FakeBatchOptions } from "@millrace/aws-emulator";
import test from "ava";
import { FOREVER, shell, startHarness, until } from "./harness.ts";

type BatchEvent = Parameters<NonNullable<FakeBatchOptions["onEvent"]>>[0];

test("a job's events are its changes of status, without the submission, shaped as EventBridge's", async (t) => {
  const events: BatchEvent[] = [];
  const { submit, ended, job } = await startHarness(t, { onEvent: (event) => events.push(event) });
  const id = await submit(shell("[ $AWS_BATCH_JOB_ATTEMPT = 2 ] || exit 75"), {
    retryStrategy: { attempts: 2 },
  });
  await ended(id);
  t.deepEqual(
    events.map(({ detail }) => [detail.status, detail.attempts.length]),
    [
      ["RUNNABLE", 0],
      ["STARTING", 0],
      ["RUNNING", 0],
      ["RUNNABLE", 1],
      ["STARTING", 1],
      ["RUNNING", 1],
      ["SUCCEEDED", 2],
    ],
  );
  t.is(events[3]?.detail.startedAt, undefined);
  const last = JSON.parse(JSON.stringify(events.at(-1)));
  t.like(last, {
    version: "0",
    "detail-type": "Batch Job State Change",
    source: "aws.batch",
    account: "123456789012",
    region: "us-east-1",
    resources: [`arn:aws:batch:us-east-1:123456789012:job/${id}`],
  });
  t.regex(last.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.is(new Set(events.map((event) => event.id)).size, events.length);
  t.deepEqual(last.detail, await job(id));
});

test("children and parent have their own events, and the parent ends last", async (t) => {
  const events: BatchEvent[] = [];
  const { submit, ended } = await startHarness(t, { onEvent: (event) => events.push(event) });
  const id = await submit(shell("exit 0"), { arrayProperties: { size: 2 } });
  await ended(id);
  const of = (jobId: string) =>
    events.filter(({ detail }) => detail.jobId === jobId).map(({ detail }) => detail.status);
  t.deepEqual(of(id), ["PENDING", "SUCCEEDED"]);
  t.deepEqual(of(`${id}:0`), ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]);
  t.deepEqual(of(`${id}:1`), of(`${id}:0`));
  t.is(events.length, 10);
  t.is(events.at(-1)?.detail.jobId, id);
});

test("a head that stays RUNNABLE blocks its queue, with one event", async (t) => {
  const events: BatchEvent[] = [];
  const { fake, submit, status } = await startHarness(t, {
    maxVcpus: 1,
    blockedAfterMs: 30,
    onEvent: (event) => events.push(event),
  });
  fake.setCapacity(0);
  const id = await submit(FOREVER);
  const blocked = () => events.filter((event) => event["detail-type"] === "Batch Job Queue Blocked");
  const [event] = await until(() => (blocked().length > 0 ? blocked() : undefined));
  t.deepEqual(event?.resources, [
    `arn:aws:batch:us-east-1:123456789012:job/${id}`,
    "arn:aws:batch:us-east-1:123456789012:job-queue/plain",
  ]);
  t.is(event?.detail.status, "RUNNABLE");
  t.true(event?.detail.statusReason?.startsWith("CAPACITY:"));
  fake.setCapacity(1);
  await status(id, "RUNNING");
  t.is(blocked().length, 1);
});

test("nothing is sent after stop()", async (t) => {
  const events: BatchEvent[] = [];
  const { fake, submit, status } = await startHarness(t, { onEvent: (event) => events.push(event) });
  const id = await submit(FOREVER);
  await status(id, "RUNNING");
  const before = events.length;
  await fake.stop();
  t.is(events.length, before);
});
