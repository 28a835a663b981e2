import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { collectLines } from "@millrace/backend-suite";
import type { LogLine, LogStore } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { makeClients } from "../../src/aws/clients.ts";
import { cloudWatchLogStore } from "../../src/logs/log-store.ts";

// What the real service does and moto does not: empty pages with a token, throttling, rejected and doubled events.

process.env.AWS_ACCESS_KEY_ID = "test";
process.env.AWS_SECRET_ACCESS_KEY = "test";

interface Call {
  readonly action: string;
  readonly input: Record<string, unknown>;
}
type Answer = (call: Call) => { readonly status?: number; readonly body: unknown };

/** A store on a CloudWatch Logs that answers as the test says, with one stream registered. */
async function storeOn(
  t: ExecutionContext,
  { answer, patienceMs = 0 }: { readonly answer: Answer; readonly patienceMs?: number },
): Promise<LogStore> {
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const action = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    const { status = 200, body: result } = answer({ action, input: JSON.parse(body) });
    outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(result));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = makeClients({ region: "us-east-1", endpoints: { logs: url } });
  t.teardown(() => {
    clients.close();
    server.close();
  });
  const streams = {
    add: async () => {},
    list: async () => [{ worker: 0, stream: "JOB/worker-00000/a" }],
    remove: async () => {},
  };
  return cloudWatchLogStore(clients, { logGroup: "group", streams, followMs: 10, patienceMs });
}

const throttled = { status: 400, body: { __type: "ThrottlingException", message: "Rate exceeded" } };
const line = (text: string): LogLine => ({ timeMs: 1, level: "info", worker: 0, text });
const event = (seq: number, text: string) => ({
  timestamp: 1,
  message: JSON.stringify({ seq, time_ms: 1, level: "info", worker: 0, text }),
});

test("read() continues after empty pages until the token repeats, and reads duplicated events once", async (t) => {
  const pages: Record<string, { events: unknown[]; nextForwardToken: string }> = {
    start: { events: [], nextForwardToken: "a" },
    a: { events: [event(1, "one"), event(2, "two")], nextForwardToken: "b" },
    b: { events: [], nextForwardToken: "c" },
    c: { events: [event(1, "one"), event(2, "two"), event(3, "three")], nextForwardToken: "d" },
    d: { events: [], nextForwardToken: "d" },
  };
  const tokens: string[] = [];
  const logs = await storeOn(t, {
    answer: ({ input }) => {
      tokens.push(String(input.nextToken ?? "start"));
      t.is(input.startFromHead, true);
      return { body: pages[String(input.nextToken ?? "start")] };
    },
  });
  t.deepEqual(await collectLines(logs.read("JOB")), [line("one"), line("two"), line("three")]);
  t.deepEqual(tokens, ["start", "a", "b", "c", "d"]);
});

test("read() asks again for fewer events when a page is much larger than its share of memory", async (t) => {
  const long = "x".repeat(200_000);
  const all = Array.from({ length: 30 }, (_, n) => event(n + 1, `${n}${long}`));
  const limits: number[] = [];
  const logs = await storeOn(t, {
    answer: ({ input }) => {
      const from = Number(input.nextToken ?? 0);
      limits.push(Number(input.limit));
      // The real one keeps a page within 1 MiB; this one does not.
      const events = all.slice(from, from + Number(input.limit));
      return { body: { events, nextForwardToken: String(from + events.length) } };
    },
  });
  t.is((await collectLines(logs.read("JOB"))).length, 30);
  t.true(limits[0] === 2_048 && limits.slice(1).every((limit) => limit <= 6), `${limits}`);
});

test("read() survives throttling that outlasts the SDK's five tries", async (t) => {
  let calls = 0;
  const logs = await storeOn(t, {
    patienceMs: 30_000,
    answer: () => {
      calls += 1;
      return calls <= 5 ? throttled : { body: { events: [], nextForwardToken: "a" } };
    },
  });
  t.deepEqual(await collectLines(logs.read("JOB")), []);
  t.true(calls >= 6);
});

test("read() and append() throw unavailable, with the cause, when throttling continues", async (t) => {
  const logs = await storeOn(t, { answer: () => throttled });
  const errors = await Promise.all([
    t.throwsAsync(collectLines(logs.read("JOB"))),
    t.throwsAsync(logs.append("JOB", 0, [line("x")])),
  ]);
  for (const error of errors) {
    t.like(error, { code: "unavailable" });
    t.truthy(error?.cause);
  }
});

test("append() throws when events are rejected, fails only what was in the call, and never goes back in time", async (t) => {
  const calls: { timestamp: number; message: string }[][] = [];
  let rejected = true;
  const logs = await storeOn(t, {
    answer: ({ action, input }) => {
      if (action !== "PutLogEvents") return { body: {} };
      calls.push(input.logEvents as { timestamp: number; message: string }[]);
      return { body: rejected ? { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } } : {} };
    },
  });
  const error = await t.throwsAsync(logs.append("JOB", 0, [line("lost")]), { message: /clock/ });
  t.like(error, { code: "backend_misconfigured" });
  rejected = false;
  for (const text of ["a", "b", "c"]) await logs.append("JOB", 0, [line(text)]);
  const times = calls.map(([first]) => first?.timestamp ?? 0);
  t.is(times.length, 4);
  t.deepEqual(times, [...new Set(times)].sort());
});

test("append() keeps a call within 10,000 events and 1,048,576 bytes, and a failed call leaves later ones alone", async (t) => {
  const sizes: { events: number; bytes: number }[] = [];
  const texts: string[] = [];
  const logs = await storeOn(t, {
    answer: ({ action, input }) => {
      if (action !== "PutLogEvents") return { body: {} };
      const events = input.logEvents as { message: string }[];
      const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
      sizes.push({ events: events.length, bytes });
      if (sizes.length === 2)
        return { status: 400, body: { __type: "InvalidParameterException", message: "no" } };
      for (const { message } of events) texts.push(JSON.parse(message).text);
      return { body: {} };
    },
  });
  const small = Array.from({ length: 10_000 }, (_, n) => line(`${n}`));
  const results = await Promise.allSettled([
    logs.append("JOB", 0, small),
    logs.append(
      "JOB",
      0,
      Array.from({ length: 12 }, () => line("é".repeat(60_000))),
    ),
    logs.append("JOB", 0, [line("after")]),
  ]);
  t.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  t.is(texts.length, 10_001);
  t.is(texts.at(-1), "after");
  for (const { events, bytes } of sizes) t.true(events <= 10_000 && bytes <= 1_048_576);
});
