import { setTimeout as delay } from "node:timers/promises";
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogStreamsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { type ServerProcess, startMoto } from "@millrace/aws-emulator";
import { collectLines } from "@millrace/backend-suite";
import type { LogLine, LogStore, StoredLogLine } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { makeClients } from "../../src/aws/clients.ts";
import { cloudWatchLogStore } from "../../src/logs/log-store.ts";
import type { LogStreamRegistry } from "../../src/logs/log-streams.ts";

// What the SDK signs with; moto takes any.
process.env.AWS_ACCESS_KEY_ID = "test";
process.env.AWS_SECRET_ACCESS_KEY = "test";

let moto: ServerProcess;

test.before(async () => {
  moto = await startMoto({ cacheDirectory: new URL("../../../../.cache", import.meta.url).pathname });
});
test.after.always(async () => await moto?.stop());

function memoryRegistry(): LogStreamRegistry & {
  readonly streams: Map<string, { worker: number | null; stream: string }[]>;
} {
  const streams = new Map<string, { worker: number | null; stream: string }[]>();
  return {
    streams,
    add: async (jobId, worker, stream) => {
      const ofJob = streams.get(jobId) ?? [];
      if (!ofJob.some((one) => one.stream === stream)) streams.set(jobId, [...ofJob, { worker, stream }]);
    },
    // In no useful order.
    list: async (jobId) => (streams.get(jobId) ?? []).toReversed(),
    remove: async (jobId) => void streams.delete(jobId),
  };
}

interface Subject {
  readonly logs: LogStore;
  readonly client: CloudWatchLogsClient;
  readonly logGroup: string;
  readonly registry: ReturnType<typeof memoryRegistry>;
  count(command: string): number;
  /** The store of another process on the same streams. */
  second(): LogStore;
}

let groups = 0;

async function setUp(t: ExecutionContext): Promise<Subject> {
  groups += 1;
  const logGroup = `/millrace/test-${groups}/jobs`;
  const sent: string[] = [];
  const clients = makeClients(
    { region: "us-east-1", endpoints: { logs: moto.url } },
    { onRequest: (_, command) => void sent.push(command) },
  );
  t.teardown(() => clients.close());
  await clients.logs.send(new CreateLogGroupCommand({ logGroupName: logGroup }));
  const registry = memoryRegistry();
  const open = () => cloudWatchLogStore(clients, { logGroup, streams: registry, followMs: 20 });
  return {
    logs: open(),
    client: clients.logs,
    logGroup,
    registry,
    count: (command) => sent.filter((one) => one === command).length,
    second: open,
  };
}

const line = (worker: number | null, timeMs: number, text = `${worker} at ${timeMs}`): LogLine => ({
  timeMs,
  level: "info",
  worker,
  text,
});

test("read() gives each worker's lines in order, merged by their own time, the service's first", async (t) => {
  const { logs, second } = await setUp(t);
  t.deepEqual(await collectLines(logs.read("JOB")), []);
  const odd: LogLine = {
    timeMs: 4,
    level: "error",
    worker: 0,
    batch: "000000000000-4",
    text: 'a\nb "é" \u2028\0',
  };
  await logs.append("JOB", 1, [line(1, 2), line(1, 5)]);
  await logs.append("JOB", 0, [line(0, 1), odd]);
  await second().append("JOB", null, [line(null, 3), line(null, 5)]);
  await logs.append("JOB", 0, [line(0, 5), line(0, 0, "a clock set back")]);
  await logs.append("JOB", 0, []);
  await logs.append("OTHER", 0, [line(0, 1, "of another job")]);
  const expected = [line(0, 1), line(1, 2), line(null, 3), odd, line(null, 5), line(0, 5)];
  expected.push(line(0, 0, "a clock set back"), line(1, 5));
  t.deepEqual(await collectLines(logs.read("JOB")), expected);
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [null] })), [line(null, 3), line(null, 5)]);
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [1] })), [line(1, 2), line(1, 5)]);
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [7] })), []);
  t.deepEqual(await collectLines(logs.read("../..")), []);
  const reason = new Error("enough");
  await t.throwsAsync(collectLines(logs.read("JOB", { signal: AbortSignal.abort(reason) })), {
    message: "enough",
  });
});

test("append() keeps the order of calls that are not awaited, in few requests", async (t) => {
  const { logs, count } = await setUp(t);
  const lines = Array.from({ length: 500 }, (_, n) => line(0, 1, `${n}`));
  await Promise.all(lines.map((one) => logs.append("JOB", 0, [one])));
  t.deepEqual(await collectLines(logs.read("JOB")), lines);
  t.true(count("PutLogEvents") <= 2);
});

test("append() respects the limits of a call, with 25,000 lines and with lines of 300 KB", async (t) => {
  const { logs, count } = await setUp(t);
  const many = Array.from({ length: 25_000 }, (_, n) => line(0, n, `line ${n}`));
  await logs.append("JOB", 0, many);
  t.true(count("PutLogEvents") >= 3);
  const long = Array.from({ length: 8 }, (_, n) => line(1, n, String(n).repeat(300_000)));
  const before = count("PutLogEvents");
  await Promise.all(long.map((one) => logs.append("JOB", 1, [one])));
  t.true(count("PutLogEvents") - before >= 3);
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [0] })), many);
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [1] })), long);
});

test("append() writes to one stream per process", async (t) => {
  const { logs, second, registry, client, logGroup } = await setUp(t);
  const other = second();
  await logs.append("JOB", 12, [line(12, 1, "first process")]);
  await logs.append("JOB", 12, [line(12, 2, "still the first")]);
  await delay(2); // Stream names hold the time in ms.
  await other.append("JOB", 12, [line(12, 2, "second process")]);
  const streams = registry.streams.get("JOB") ?? [];
  t.is(streams.length, 2);
  for (const { stream, worker } of streams) {
    t.is(worker, 12);
    t.regex(stream, /^JOB\/worker-00012\/[0-9a-z]{25}$/);
  }
  const { logStreams = [] } = await client.send(new DescribeLogStreamsCommand({ logGroupName: logGroup }));
  t.deepEqual(
    new Set(logStreams.map(({ logStreamName }) => logStreamName)),
    new Set(streams.map(({ stream }) => stream)),
  );
  t.deepEqual(
    (await collectLines(logs.read("JOB"))).map(({ text }) => text),
    ["first process", "still the first", "second process"],
  );
});

test("read() merges 300 streams, in two requests each", async (t) => {
  const { logs, count } = await setUp(t);
  await Promise.all(
    Array.from({ length: 300 }, (_, worker) =>
      logs.append("JOB", worker, [line(worker, worker), line(worker, 1_000 - worker)]),
    ),
  );
  const times = (await collectLines(logs.read("JOB"))).map(({ timeMs }) => timeMs);
  t.is(times.length, 600);
  t.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  t.is(count("GetLogEvents"), 600);
});

test("delete() removes streams and registry, also when some are gone, and appending starts again", async (t) => {
  const { logs, second, registry, client, logGroup } = await setUp(t);
  await logs.append("JOB", 0, [line(0, 1)]);
  await logs.append("JOB", null, [line(null, 1)]);
  await registry.add("JOB", 5, "JOB/worker-00005/never-made");
  t.deepEqual(await collectLines(logs.read("JOB", { workers: [5] })), []);
  await second().delete("JOB");
  t.deepEqual(await collectLines(logs.read("JOB")), []);
  t.is(registry.streams.size, 0);
  const { logStreams = [] } = await client.send(new DescribeLogStreamsCommand({ logGroupName: logGroup }));
  t.deepEqual(logStreams, []);
  // This store does not know that another process deleted its stream.
  await logs.append("JOB", 0, [line(0, 2)]);
  t.deepEqual(await collectLines(logs.read("JOB")), [line(0, 2)]);
  await logs.delete("JOB");
  await logs.delete("JOB");
  await logs.append("JOB", 0, [line(0, 3)]);
  t.deepEqual(await collectLines(logs.read("JOB")), [line(0, 3)]);
});

test("follow() returns the lines so far, then new ones, also of new streams, until its signal", async (t) => {
  const { logs, second } = await setUp(t);
  const writer = second();
  await writer.append("JOB", 0, [line(0, 1), line(0, 2)]);
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const { text } of logs.follow("JOB", { signal: abort.signal })) {
    seen.push(text);
    if (seen.length === 2) await writer.append("JOB", 0, [line(0, 3)]);
    if (seen.length === 3) await writer.append("JOB", 12, [line(12, 4)]);
    if (seen.length === 4) await second().append("JOB", 0, [line(0, 5, "x".repeat(300_000))]);
    if (seen.length === 5) await writer.append("JOB", null, [line(null, 6)]);
    if (seen.length === 6) abort.abort();
  }
  t.deepEqual(seen, ["0 at 1", "0 at 2", "0 at 3", "12 at 4", "x".repeat(300_000), "null at 6"]);
});

test("follow() loses and duplicates nothing while several workers write, also when it is resumed", async (t) => {
  const { logs, second } = await setUp(t);
  const ending = new AbortController();
  const seen: StoredLogLine[] = [];
  const positions = new Map<number | null, string>();
  const followUpTo = async (count: number) => {
    const abort = new AbortController();
    const query = { after: new Map(positions), ending: ending.signal, signal: abort.signal };
    for await (const one of logs.follow("JOB", query)) {
      seen.push(one);
      positions.set(one.worker, one.position);
      if (seen.length === count) abort.abort();
    }
  };
  const following = (async () => {
    for (const count of [1, 50, 51, 150, 1_000]) await followUpTo(count);
  })();
  await Promise.all(
    [null, 0, 1, 2].map(async (worker) => {
      let store = second();
      for (let n = 0; n < 60; n += 1) {
        if (n === 30) store = second();
        await store.append("JOB", worker, [line(worker, n)]);
      }
    }),
  );
  ending.abort();
  await following;
  t.is(seen.length, 240);
  for (const worker of [null, 0, 1, 2]) {
    t.deepEqual(
      seen.filter((one) => one.worker === worker).map(({ text }) => text),
      Array.from({ length: 60 }, (_, n) => `${worker} at ${n}`),
    );
  }
});

test("follow() waits for a job without lines and ends quietly, also within a request", async (t) => {
  const { logs } = await setUp(t);
  const abort = new AbortController();
  const lines = collectLines(logs.follow("JOB", { workers: [1], signal: abort.signal }));
  await logs.append("JOB", 0, [line(0, 1)]);
  abort.abort();
  t.deepEqual(await lines, []);
  t.deepEqual(await collectLines(logs.follow("JOB", { signal: AbortSignal.abort() })), []);
});

test("append() throws backend_misconfigured, naming the missing log group", async (t) => {
  const clients = makeClients({ region: "us-east-1", endpoints: { logs: moto.url } });
  t.teardown(() => clients.close());
  const logs = cloudWatchLogStore(clients, { logGroup: "/none", streams: memoryRegistry() });
  const error = await t.throwsAsync(logs.append("JOB", 0, [line(0, 1)]), {
    message: /no log group "\/none"/,
  });
  t.like(error, { code: "backend_misconfigured" });
  t.truthy(error?.cause);
});
