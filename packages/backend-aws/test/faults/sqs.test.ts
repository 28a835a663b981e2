import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
} from "@aws-sdk/client-sqs";
import test from "ava";
import { type Harness, startHarness, startTargets } from "./harness.ts";

const { targets, stop } = await startTargets();
test.after.always(stop);

const receive = async (
  { sqs }: Harness,
  QueueUrl: string,
  more: Partial<ReceiveMessageCommandInput> = {},
): Promise<Message[]> => {
  const asked = { MaxNumberOfMessages: 10, WaitTimeSeconds: 0, ...more };
  return (await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...asked }))).Messages ?? [];
};
const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);
const ids = (entries: readonly { Id?: string | undefined }[] | undefined) =>
  (entries ?? []).map(({ Id }) => Id as string);

test("emptyReceive answers no messages and forwards nothing", async (t) => {
  const harness = await startHarness(t, { targets });
  const queue = await harness.queue("a");
  harness.proxy.inject({ service: "sqs", kind: "emptyReceive" });
  t.deepEqual(await receive(harness, queue), []);
  t.is(harness.proxy.requests.sqs.ReceiveMessage, undefined);
  t.deepEqual(bodies(await receive(harness, queue)), ["a"]);
  t.deepEqual(harness.proxy.counts.sqs, { emptyReceive: 1 });
});

test("reorder gives the same messages in another order", async (t) => {
  const harness = await startHarness(t, { targets });
  const sent = ["a", "b", "c", "d", "e"];
  const queue = await harness.queue(...sent);
  const visible = { VisibilityTimeout: 0 };
  const plain = bodies(await receive(harness, queue, visible));
  harness.proxy.inject({ service: "sqs", kind: "reorder" });
  const mixed = bodies(await receive(harness, queue, visible));
  t.deepEqual(plain.toSorted(), sent);
  t.deepEqual(mixed.toSorted(), sent);
  t.notDeepEqual(mixed, plain);
  t.deepEqual(harness.proxy.counts.sqs, { reorder: 1 });
});

test("duplicate delivers a message again in the next answer, after its delete", async (t) => {
  const harness = await startHarness(t, { targets });
  const queue = await harness.queue("a");
  harness.proxy.inject({ service: "sqs", kind: "duplicate" });
  const [first] = await receive(harness, queue);
  await harness.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle }));
  t.deepEqual(harness.proxy.counts.sqs, {});
  const startMs = performance.now();
  t.deepEqual(await receive(harness, queue, { WaitTimeSeconds: 20 }), [first as Message]);
  t.true(performance.now() - startMs < 20_000, "a duplicate does not wait for the poll to end");
  t.deepEqual(harness.proxy.counts.sqs, { duplicate: 1 });
  t.deepEqual(await receive(harness, queue), []);
});

test("duplicate waits for a response with a message, and respects its queue and the maximum number of messages", async (t) => {
  const harness = await startHarness(t, { targets });
  const queue = await harness.queue();
  const other = await harness.queue("x", "y");
  harness.proxy.inject({ service: "sqs", kind: "duplicate" });
  t.deepEqual(await receive(harness, queue), []);
  const [first] = await receive(harness, other, { MaxNumberOfMessages: 1 });
  t.deepEqual(await receive(harness, queue), []);
  const forwarded = harness.proxy.requests.sqs.ReceiveMessage;
  t.deepEqual(await receive(harness, other, { MaxNumberOfMessages: 1 }), [first as Message]);
  t.is(harness.proxy.requests.sqs.ReceiveMessage, forwarded);
  t.is((await receive(harness, other)).length, 1);
});

test("redeliver returns a message twice in one response, within the requested number", async (t) => {
  const harness = await startHarness(t, { targets });
  const queue = await harness.queue("a", "b", "c");
  harness.proxy.inject({ service: "sqs", kind: "redeliver" });
  const messages = await receive(harness, queue, { MaxNumberOfMessages: 3 });
  t.is(messages.length, 3);
  t.is(new Set(messages.map(({ ReceiptHandle }) => ReceiptHandle)).size, 2);
  t.deepEqual(harness.proxy.counts.sqs, { redeliver: 1 });
});

test("SendMessageBatch: partialFailure sends the entries that it does not report", async (t) => {
  const harness = await startHarness(t, { targets });
  const QueueUrl = await harness.queue();
  const Entries = ["a", "b", "c", "d"].map((Id) => ({ Id, MessageBody: `body ${Id}` }));
  harness.proxy.inject({ service: "sqs", kind: "partialFailure" });
  const answer = await harness.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const failed = ids(answer.Failed);
  t.true(failed.length > 0);
  t.deepEqual([...failed, ...ids(answer.Successful)].toSorted(), ["a", "b", "c", "d"]);
  t.is(answer.Failed?.[0]?.Code, "InternalError");
  t.is(answer.Failed?.[0]?.SenderFault, false);
  const sent = bodies(await receive(harness, QueueUrl));
  t.deepEqual(
    sent.toSorted(),
    ids(answer.Successful)
      .map((id) => `body ${id}`)
      .toSorted(),
  );
  t.deepEqual(harness.proxy.counts.sqs, { partialFailure: 1 });
});

test("DeleteMessageBatch, ChangeMessageVisibilityBatch: partialFailure of all forwards nothing", async (t) => {
  const harness = await startHarness(t, { targets });
  const QueueUrl = await harness.queue("a");
  const [message] = await receive(harness, QueueUrl);
  const entry = { Id: "0", ReceiptHandle: message?.ReceiptHandle };
  harness.proxy.inject({ service: "sqs", kind: "partialFailure", times: 2 });
  const changed = await harness.sqs.send(
    new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [{ ...entry, VisibilityTimeout: 0 }] }),
  );
  t.deepEqual([ids(changed.Failed), ids(changed.Successful)], [["0"], []]);
  const deleted = await harness.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [entry] }));
  t.deepEqual([ids(deleted.Failed), ids(deleted.Successful)], [["0"], []]);
  t.is(harness.proxy.requests.sqs.DeleteMessageBatch, undefined);
  t.is(harness.proxy.requests.sqs.ChangeMessageVisibilityBatch, undefined);
  const again = await harness.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [entry] }));
  t.deepEqual(ids(again.Successful), ["0"]);
});

test("nothing is lost when every receive has duplicates", async (t) => {
  const harness = await startHarness(t, { targets, rates: { duplicate: 0.5, redeliver: 0.5 }, seed: 7 });
  const sent = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const queue = await harness.queue(...sent);
  const seen: (string | undefined)[] = [];
  for (let call = 0; call < 40; call++) {
    const messages = await receive(harness, queue, { MaxNumberOfMessages: 3 });
    t.true(messages.length <= 3);
    seen.push(...bodies(messages));
  }
  t.deepEqual([...new Set(seen)].toSorted(), sent.toSorted());
  const { duplicate = 0, redeliver = 0 } = harness.proxy.counts.sqs;
  t.true(duplicate > 0 && redeliver > 0);
  t.is(seen.length, sent.length + duplicate + redeliver);
});
