import { DeleteQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Emulators } from "@millrace/aws-emulator";
import { batch, commitOf, createJob, createRunningJob, newJobId } from "@millrace/backend-suite";
import { isComplete, MillraceError, silentLogger } from "@millrace/core";
import test from "ava";
import { QueueUrls, queueName } from "../../src/queue/queue-urls.ts";
import { until } from "../fake-batch/harness.ts";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { startFaultyCluster } from "../fixtures/faulty-cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const LEASE = { max: 10, leaseSeconds: 30, worker: 0 };
const many = (count: number) => Array.from({ length: count }, (_, i) => batch(i));
const entries = (count: number) => many(count).map((one) => ({ batch: one }));

test("semantic 1: a batch that is delivered again after its delete counts once", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, [batch(0, 3)]);
  faults.inject({ service: "sqs", kind: "duplicate" });
  const [lease] = await backend.queue.lease(jobId, LEASE);
  if (!lease) return t.fail("nothing was leased");
  t.deepEqual((await backend.ledger.batches.commit(jobId, [commitOf(lease.batch)])).outcomes, ["committed"]);
  await backend.queue.ack(jobId, [lease.receipt]);
  const [again] = await backend.queue.lease(jobId, { ...LEASE, worker: 1 });
  t.deepEqual(again?.batch, lease.batch);
  const late = commitOf(lease.batch, { worker: 1, mark: "late" });
  t.deepEqual((await backend.ledger.batches.commit(jobId, [late])).outcomes, ["duplicate"]);
  t.is((await backend.ledger.batches.progress(jobId)).succeededItems, 3);
});

test("semantic 2: an empty receive is not an empty queue, and ends no job", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(3));
  faults.inject({ service: "sqs", kind: "emptyReceive" });
  t.deepEqual(await backend.queue.lease(jobId, LEASE), []);
  t.false(isComplete(await backend.ledger.batches.progress(jobId)));
  t.is((await backend.queue.lease(jobId, LEASE)).length, 3);
});

test("semantic 2: an empty receive among others leaves the rest for the next lease", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(30));
  const [one] = await backend.queue.lease(jobId, { ...LEASE, max: 1 });
  faults.inject({ service: "sqs", kind: "emptyReceive" });
  const leased = [one, ...(await backend.queue.lease(jobId, { ...LEASE, max: 40 }))];
  while (leased.length < 30) {
    const more = await backend.queue.lease(jobId, { ...LEASE, max: 40 });
    if (more.length === 0) return t.fail(`only ${leased.length} of 30`);
    leased.push(...more);
  }
  t.is(new Set(leased.map((lease) => lease?.batch.first)).size, 30);
});

test("semantic 3: extend() asks for the same seconds each time, ten receipts a call", async (t) => {
  const { backend, count } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(12));
  const leases = [];
  while (leases.length < 12) leases.push(...(await backend.queue.lease(jobId, { ...LEASE, max: 12 })));
  const receipts = leases.map(({ receipt }) => receipt);
  for (let beat = 0; beat < 2; beat++) {
    const calls = await count(/ChangeMessageVisibilityBatch/, async () => {
      t.deepEqual(await backend.queue.extend(jobId, receipts, 1), []);
    });
    t.is(calls, 2);
  }
  // A second from the last beat: they come again soon.
  await until(async () => (await backend.queue.lease(jobId, { ...LEASE, max: 12 })).length > 0 || undefined);
});

test("semantic 3: extend() reports a lease that is lost, and no other", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(2));
  const leases = await backend.queue.lease(jobId, LEASE);
  const [kept = "", acked = ""] = leases.map(({ receipt }) => receipt);
  await backend.queue.ack(jobId, [acked]);
  t.deepEqual(await backend.queue.extend(jobId, [kept, acked, "nonsense"], 30), [acked, "nonsense"]);
});

test("semantic 3: extend() reports nothing lost that failed by SQS's own fault", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(1));
  const [lease] = await backend.queue.lease(jobId, LEASE);
  const change = { service: "sqs", operation: "ChangeMessageVisibilityBatch" } as const;
  faults.inject({ ...change, kind: "partialFailure", times: 2 });
  t.deepEqual(await backend.queue.extend(jobId, [lease?.receipt as string], 30), []);
  t.is(faults.counts.sqs.partialFailure, 2);
  t.is(faults.requests.sqs.ChangeMessageVisibilityBatch, 1, "the third try came through");
  faults.inject({ ...change, kind: "partialFailure", times: 6 });
  t.deepEqual(await backend.queue.extend(jobId, [lease?.receipt as string], 30), []);
});

test("semantic 3: extend() reports all lost when the queue is gone", async (t) => {
  const { backend, open } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(2));
  const receipts = (await backend.queue.lease(jobId, LEASE)).map(({ receipt }) => receipt);
  await (await open()).queue.delete(jobId);
  t.deepEqual(await backend.queue.extend(jobId, receipts, 30), receipts);
  t.deepEqual(await backend.queue.extend(jobId, receipts, 30), receipts);
  await t.notThrowsAsync(backend.queue.ack(jobId, receipts));
  await t.notThrowsAsync(backend.queue.release(jobId, receipts));
  t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 0 });
  t.deepEqual(await backend.queue.lease(jobId, LEASE), []);
});

test("semantic 4: entries that SendMessageBatch failed are sent again, those that it took are not", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  faults.inject({ service: "sqs", operation: "SendMessageBatch", kind: "partialFailure", times: 3 });
  await backend.queue.send(jobId, entries(25));
  t.is(faults.counts.sqs.partialFailure, 3);
  t.deepEqual(await backend.queue.counts(jobId), { queued: 25, leased: 0 });
  const leased: number[] = [];
  while (leased.length < 25) {
    const more = await backend.queue.lease(jobId, { ...LEASE, max: 25 });
    if (more.length === 0) return t.fail(`only ${leased.length} of 25`);
    leased.push(...more.map(({ batch: { first } }) => first));
  }
  t.deepEqual(
    leased.toSorted((a, b) => a - b),
    entries(25).map(({ batch: { first } }) => first),
  );
});

test("semantic 4: send() throws when entries fail repeatedly, so that no total is set", async (t) => {
  const { backend, faults } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  faults.inject({ service: "sqs", operation: "SendMessageBatch", kind: "partialFailure", times: 6 });
  await t.throwsAsync(backend.queue.send(jobId, entries(1)), {
    code: "unavailable",
    message: /^Cannot queue 1 of 1 batches of job/,
  });
  t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 0 });
  await backend.queue.send(jobId, entries(1));
  t.is((await backend.queue.lease(jobId, LEASE)).length, 1);
});

test("semantic 4: send() into a queue that is gone throws", async (t) => {
  const { backend, open } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  await (await open()).queue.delete(jobId);
  await t.throwsAsync(backend.queue.send(jobId, entries(1)), { instanceOf: MillraceError });
  await t.throwsAsync(backend.queue.send(newJobId(), entries(1)), {
    code: "unavailable",
    message: /there is none/,
  });
});

test("semantic 5: receive counts rise with each release, which takes effect at once, and attempts do not", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, [batch(0)]);
  for (const expected of [1, 2, 3]) {
    const [lease] = await backend.queue.lease(jobId, LEASE);
    t.is(lease?.receiveCount, expected);
    await backend.queue.release(jobId, [lease?.receipt as string]);
  }
  t.deepEqual(await backend.ledger.batches.attempts(jobId, batch(0)), []);
  t.deepEqual(await backend.queue.counts(jobId), { queued: 1, leased: 0 });
});

test("semantic 6: a job's queue keeps 14 days, is encrypted, waits 20 s and hides for 30", async (t) => {
  const { backend, clients, config } = await startFaultyCluster(t, { emulators });
  const jobId = newJobId();
  await backend.queue.create(jobId);
  await backend.queue.create(jobId);
  const QueueUrl = await new QueueUrls(clients.sqs, config).find(jobId);
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  t.like(Attributes, {
    MessageRetentionPeriod: "1209600",
    SqsManagedSseEnabled: "true",
    ReceiveMessageWaitTimeSeconds: "20",
    VisibilityTimeout: "30",
  });
  t.true(queueName("a".repeat(32), jobId).length <= 80);
});

test("create() waits the configured time before the queue is used", async (t) => {
  const { clients, config } = await startFaultyCluster(t, { emulators });
  const urls = new QueueUrls(clients.sqs, { ...config, queueSettleSeconds: 0.3 });
  const jobId = newJobId();
  const startMs = performance.now();
  await urls.create(jobId);
  t.true(performance.now() - startMs >= 299);
});

test("lease() returns at once when its signal ends the wait", async (t) => {
  const { backend } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  const { signal, abort } = makeAbort();
  const startMs = performance.now();
  const leased = backend.queue.lease(jobId, { ...LEASE, waitMs: 20_000, signal });
  setTimeout(abort, 50);
  t.deepEqual(await leased, []);
  t.true(performance.now() - startMs < 20_000, "it does not wait to the end");
});

function makeAbort() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test("lease() removes a message that is not a batch, and logs it", async (t) => {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => errors.push(message) };
  const { backend, clients, config } = await startFaultyCluster(t, { emulators, logger });
  const jobId = await createJob(backend);
  await backend.queue.send(jobId, entries(1));
  const QueueUrl = await new QueueUrls(clients.sqs, config).find(jobId);
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"hello":1}' }));
  const firsts: number[] = [];
  for (let look = 0; look < 2; look++) {
    firsts.push(...(await backend.queue.lease(jobId, LEASE)).map(({ batch: { first } }) => first));
  }
  t.deepEqual(firsts, [0]);
  t.deepEqual(errors, ["removed a message that is not a batch"]);
  t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 1 });
  await clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 0 });
});

test("create() creates the queue again when it was deleted behind this process", async (t) => {
  const { backend, config, clients } = await startFaultyCluster(t, { emulators });
  const jobId = await createRunningJob(backend, many(2));
  const url = await new QueueUrls(clients.sqs, config).find(jobId);
  await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 0 });
  await backend.queue.create(jobId);
  await backend.queue.send(jobId, entries(2));
  t.is((await backend.queue.lease(jobId, LEASE)).length, 2);
});
