import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JobStatusResponse, JobSummary, Problem } from "@millrace/core";
import { silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { Webhook } from "standardwebhooks";
import { Webhooks } from "../src/webhooks/webhooks.ts";
import { items, startHarness, until } from "./helpers/harness.ts";

const SECRET = "whsec_bWlsbHJhY2UtZXhhbXBsZS1zZWNyZXQ=";

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver on loopback that gives the answers in turn, the last one for ever. */
async function receive(t: ExecutionContext, ...answers: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      const status = answers.length > 1 ? answers.shift() : answers[0];
      response.writeHead(status ?? 204, status === 302 ? { location: "http://169.254.169.254/" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1` };
}

function eventOf({ body }: Received) {
  return JSON.parse(body) as { type: string; timestamp: string; data: { job: JobSummary } };
}

test("a job's webhook receives its statuses, signed according to Standard Webhooks", async (t) => {
  const { submit, over, status } = await startHarness(t);
  const { url, received } = await receive(t, 204);
  const webhook = { url, events: ["running", "succeeded"], secret: SECRET };
  const job = await submit(items(4, { webhook }));
  t.deepEqual(job.webhook, { url, events: ["running", "succeeded"] });
  await over(job.job_id);
  await until(async () => received.length === 2);
  const types = received.map((request) => eventOf(request).type).sort();
  t.deepEqual(types, ["job.running", "job.succeeded"]);
  for (const { headers, body } of received) {
    t.notThrows(() => new Webhook(SECRET).verify(body, headers));
    t.throws(() => new Webhook(SECRET).verify(body.replace("succeeded", "stopped "), headers));
    t.is(headers["content-type"], "application/json");
  }
  const told = received.map(eventOf).find(({ type }) => type === "job.succeeded");
  t.like(told?.data.job, { job_id: job.job_id, status: "succeeded", items: { total: 4, succeeded: 4 } });
  const view = await until(async () => {
    const { job_status } = await status(job.job_id);
    return job_status.webhook_deliveries.every(({ state }) => state === "delivered") ? job_status : undefined;
  });
  t.deepEqual(
    view.webhook_deliveries.map(({ event, attempts, answer_status }) => [event, attempts, answer_status]),
    [
      ["running", 1, 204],
      ["succeeded", 1, 204],
    ],
  );
  t.false(JSON.stringify(await status(job.job_id)).includes(SECRET));
});

/** A job that ended, and webhooks over it with a clock that runs as far as somebody waits. */
async function endedJob(
  t: ExecutionContext,
  url: string,
  resolve?: () => Promise<[{ address: string; family: number }]>,
) {
  const harness = await startHarness(t);
  const job = await harness.submit(items(2));
  await harness.over(job.job_id);
  await harness.service.stop();
  const { spec, ...state } = await harness.backend.ledger.jobs.get(job.job_id);
  const hooked = { ...state, spec: { ...spec, webhook: { url, events: ["succeeded" as const] } } };
  let nowMs = Date.now();
  const waits: number[] = [];
  const open = ({ waits: mayWait = true } = {}) =>
    new Webhooks({
      backend: harness.backend,
      logger: silentLogger,
      now: () => nowMs,
      async waitUntil(atMs, signal) {
        if (!mayWait && !signal.aborted) await once(signal, "abort");
        signal.throwIfAborted();
        waits.push(atMs - nowMs);
        nowMs = Math.max(nowMs, atMs);
      },
      ...(resolve && { resolve }),
    });
  return { job: hooked, open, waits };
}

test("a failing receiver is retried with growing delays, and each try has the same id", async (t) => {
  const { url, received } = await receive(t, 500, 302, 404, 200);
  const { job, open, waits } = await endedJob(t, url);
  const webhooks = open();
  webhooks.look(job);
  webhooks.look(job);
  const [delivery] = await until(async () => {
    const deliveries = await webhooks.deliveries(job);
    return deliveries[0]?.state === "delivered" ? deliveries : undefined;
  });
  t.like(delivery, { attempts: 4, answerStatus: 200, error: undefined });
  t.deepEqual(waits, [5_000, 30_000, 120_000]);
  t.is(new Set(received.map(({ headers }) => headers["webhook-id"])).size, 1);
  t.is(received[0]?.headers["webhook-signature"], undefined);
  await webhooks.stop();
});

test("a receiver that keeps failing is given up after about a day, one that is gone at once", async (t) => {
  const { url, received } = await receive(t, 503);
  const { job, open, waits } = await endedJob(t, url);
  const webhooks = open();
  webhooks.look(job);
  const failed = () =>
    until(async () => {
      const [delivery] = await webhooks.deliveries(job);
      return delivery?.state === "failed" ? delivery : undefined;
    });
  t.regex((await failed()).error ?? "", /answered HTTP 503/);
  t.is(received.length, 11);
  const hours = waits.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  t.true(hours > 20 && hours < 30, `${hours} h`);
  const gone = await receive(t, 410);
  const other = await endedJob(t, gone.url);
  const more = other.open();
  more.look(other.job);
  await until(async () => (await more.deliveries(other.job))[0]?.state === "failed");
  t.is(gone.received.length, 1);
});

test("the next service sends what a stopped one has not sent, and nothing twice", async (t) => {
  const { url, received } = await receive(t, 500, 200);
  const { job, open } = await endedJob(t, url);
  const first = open({ waits: false });
  first.look(job);
  await until(async () => (await first.deliveries(job))[0]?.attempts === 1);
  await first.stop();
  t.is((await first.deliveries(job))[0]?.state, "pending");
  const second = open();
  second.look(job);
  await until(async () => (await second.deliveries(job))[0]?.state === "delivered");
  const tried = received.length;
  const third = open();
  third.look(job);
  await third.stop();
  t.is(received.length, tried);
});

test("a name that resolves to a link-local address is refused, also when it did not before", async (t) => {
  const addresses = ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254"];
  for (const address of addresses) {
    const { job, open } = await endedJob(t, "http://innocent.example/", async () => [{ address, family: 4 }]);
    const webhooks = open();
    webhooks.look(job);
    const failed = await until(async () => {
      const [delivery] = await webhooks.deliveries(job);
      return delivery?.state === "failed" ? delivery : undefined;
    });
    t.is(failed.attempts, 1);
    t.regex(failed.error ?? "", /link-local or a metadata service/);
  }
});

test("a forbidden webhook is refused with the field's name", async (t) => {
  const { post } = await startHarness(t);
  const wrong = [
    [{ url: "ftp://example.com" }, /webhook: url: must be an http:\/\/ or https:\/\/ URL/],
    [{ url: "http://169.254.169.254/latest" }, /webhook: url: must not be a link-local/],
    [{ url: "http://2852039166/" }, /must not be a link-local/],
    [{ url: "http://[::ffff:169.254.169.254]/" }, /must not be a link-local/],
    [{ url: "http://a:b@example.com/" }, /must not have a user name/],
    [{ url: "http://example.com", secret: "short" }, /webhook: secret: /],
    [{ url: "http://example.com", events: ["pending"] }, /webhook: events: index 0: must be one of running/],
    [{ url: "http://example.com", event: ["succeeded"] }, /event/],
  ] as const;
  for (const [webhook, message] of wrong) {
    const response = await post("/sum", items(1, { webhook }));
    t.is(response.status, 422);
    t.regex(((await response.json()) as Problem).detail, message);
  }
});

test("an API's webhook applies to its jobs, and its secret is never shown", async (t) => {
  const harness = await startHarness(t);
  const { url, received } = await receive(t, 200);
  const api = await harness.backend.ledger.apis.get("sum");
  if (!api) return t.fail();
  const webhook = { url, events: ["succeeded" as const], secret: SECRET };
  await harness.backend.ledger.apis.put({ ...api, version: "0".repeat(16), spec: { ...api.spec, webhook } });
  const job = await harness.submit(items(2));
  t.deepEqual(job.webhook, { url, events: ["succeeded"] });
  await harness.over(job.job_id);
  await until(async () => received.length === 1);
  for (const path of [`/sum/${job.job_id}`, "/apis/sum", "/apis", "/jobs"]) {
    const text = await (await harness.call(path)).text();
    t.false(text.includes(SECRET), path);
  }
  const status = (await (await harness.call(`/sum/${job.job_id}`)).json()) as JobStatusResponse;
  t.like(status.api_spec, { webhook: { url, events: ["succeeded"] } });
});
