import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { type FaultRates, startFaultProxy } from "@millrace/aws-emulator";
import test, { type ExecutionContext } from "ava";
import { startHarness, type Targets } from "./harness.ts";

/** A service that does what a test wants. */
async function startStub(t: ExecutionContext, listener: RequestListener): Promise<Targets> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { sqs: url, dynamodb: url, s3: url, logs: url, batch: url };
}

const answerTables: RequestListener = (_, response) => response.end('{"TableNames":[]}');

/** What happened to `count` requests, one after another. */
async function outcomes(
  t: ExecutionContext,
  { targets, seed, rates }: { targets: Targets; seed: number; rates: FaultRates },
): Promise<string> {
  const { dynamodb } = await startHarness(t, { targets, seed, rates });
  let text = "";
  for (let request = 0; request < 60; request++) {
    text += await dynamodb.send(new ListTablesCommand({})).then(
      () => ".",
      (error: Error) => error.name.charAt(0),
    );
  }
  return text;
}

test("a client that aborts a long poll ends the request to the service", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const targets = await startStub(t, (request, response) => {
    request.resume();
    response.once("close", () => left.resolve());
    arrived.resolve();
  });
  const { sqs } = await startHarness(t, { targets });
  const giveUp = new AbortController();
  const poll = sqs.send(
    new ReceiveMessageCommand({ QueueUrl: "http://localhost/1/queue", WaitTimeSeconds: 20 }),
    { abortSignal: giveUp.signal },
  );
  const failed = t.throwsAsync(poll, { name: "AbortError" });
  await arrived.promise;
  giveUp.abort();
  await failed;
  await t.notThrowsAsync(left.promise);
});

test("the client sees when the service closes the connection", async (t) => {
  const targets = await startStub(t, (request) => request.socket.destroy());
  const { dynamodb } = await startHarness(t, { targets });
  const error = await t.throwsAsync(dynamodb.send(new ListTablesCommand({})));
  t.regex(String((error as { code?: string }).code), /ECONNRESET/);
});

test("the same seed injects the same faults, another seed injects others", async (t) => {
  const targets = await startStub(t, answerTables);
  const rates = { error500: 0.2, throttle: { dynamodb: 0.2, s3: 1 } };
  const first = await outcomes(t, { targets, seed: 1, rates });
  t.is(await outcomes(t, { targets, seed: 1, rates }), first);
  t.not(await outcomes(t, { targets, seed: 2, rates }), first);
  t.regex(first, /\./);
  t.regex(first, /I/);
  t.regex(first, /[PT]/);
});

test("rates are about right, and a request gets at most one fault", async (t) => {
  const targets = await startStub(t, answerTables);
  const { proxy, dynamodb } = await startHarness(t, {
    targets,
    seed: 3,
    rates: { error500: 0.5, throttle: 0.25 },
  });
  for (let request = 0; request < 400; request++) {
    await dynamodb.send(new ListTablesCommand({})).catch(() => {});
  }
  const { error500 = 0, throttle = 0 } = proxy.counts.dynamodb;
  t.true(Math.abs(error500 - 200) < 40, `${error500}`);
  t.true(Math.abs(throttle - 100) < 35, `${throttle}`);
  t.is(error500 + throttle + (proxy.requests.dynamodb.ListTables ?? 0), 400);
  proxy.setRates({});
  await dynamodb.send(new ListTablesCommand({}));
});

test("200 requests at once, with faults, are all answered", async (t) => {
  let now = 0;
  const many = Promise.withResolvers<void>();
  const targets = await startStub(t, async (request, response) => {
    now += 1;
    if (now > 20) many.resolve();
    const body = JSON.parse(await textOf(request)) as { MessageBody: string };
    // No request is answered before more than 20 are there at once.
    await many.promise;
    response.end(JSON.stringify({ MessageId: body.MessageBody }));
  });
  const rates = { drop: 0.1, timeoutAfterSuccess: 0.1, delay: 0.1, error500: 0.1 };
  const harness = await startHarness(t, { targets, seed: 5, rates, delayMs: 100 });
  const { sqs, proxy } = harness;
  sqs.config.md5 = false;
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, async (_, index) => {
      const sent = { QueueUrl: "http://localhost/1/queue", MessageBody: `${index}` };
      return (await sqs.send(new SendMessageCommand(sent))).MessageId === sent.MessageBody;
    }),
  );
  const done = results.filter((result) => result.status === "fulfilled");
  t.true(done.every(({ value }) => value));
  const { drop = 0, timeoutAfterSuccess = 0, error500 = 0, delay = 0 } = proxy.counts.sqs;
  t.is(done.length, 200 - drop - timeoutAfterSuccess - error500);
  t.true(delay > 0 && drop > 0 && timeoutAfterSuccess > 0);
});

test("inject() and setRates() refuse impossible faults and rates", async (t) => {
  const proxy = await startFaultProxy({ targets: {} });
  t.teardown(() => proxy.stop());
  t.throws(() => proxy.inject({ service: "s3", kind: "conflict" }), { instanceOf: RangeError });
  t.throws(() => proxy.inject({ service: "sqs", operation: "SendMessage", kind: "reorder" }), {
    instanceOf: RangeError,
    message: 'Cannot inject fault "reorder": it does not occur at sqs SendMessage',
  });
  t.throws(() => proxy.setRates({ drop: 1.5 }), { instanceOf: RangeError });
  t.throws(() => proxy.setRates({ drop: { s3: -1 } }), { instanceOf: RangeError });
  await t.throwsAsync(startFaultProxy({ targets: { s3: "https://aws" } }), { instanceOf: TypeError });
});

test("a request to no known service is answered 501", async (t) => {
  const proxy = await startFaultProxy({ targets: {} });
  t.teardown(() => proxy.stop());
  t.is((await fetch(`${proxy.url}/any`)).status, 501);
});

test("stop() ends delayed responses and open polls, and may be called twice", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const targets = await startStub(t, (request, response) => {
    if (request.headers["x-amz-target"] === "AmazonSQS.ReceiveMessage") arrived.resolve();
    else answerTables(request, response);
  });
  const { proxy, sqs, dynamodb } = await startHarness(t, { targets });
  proxy.inject({ service: "dynamodb", kind: "delay", delayMs: 60_000 });
  const held = t.throwsAsync(dynamodb.send(new ListTablesCommand({})));
  const polled = t.throwsAsync(sqs.send(new ReceiveMessageCommand({ QueueUrl: "http://localhost/1/queue" })));
  await arrived.promise;
  await Promise.all([proxy.stop(), proxy.stop(), held, polled]);
  await t.throwsAsync(fetch(proxy.url));
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}
