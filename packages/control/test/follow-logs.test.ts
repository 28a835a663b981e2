import { openLocalWorkerBackend } from "@millrace/backend-local";
import { MillraceClient } from "@millrace/client";
import { type LogLine, type LogLineView, type LogStore, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { type Harness, items, startHarness, TOKEN, until } from "./helpers/harness.ts";
import { rawRequest } from "./helpers/raw-request.ts";
import { startTcpProxy } from "./helpers/tcp-proxy.ts";

const LAST_WORKER = 9_999;

function linesOf(worker: number, { first, count }: { first: number; count: number }): LogLine[] {
  return Array.from({ length: count }, (_, n) => ({
    timeMs: Date.now(),
    level: "info",
    worker,
    text: `line ${first + n}`,
  }));
}

/** A job that runs until it is stopped, and a store that writes into its log as its workers would. */
async function startRunningJob(t: ExecutionContext, harness: Harness) {
  const { job_id: jobId } = await harness.submit(items(2, { config: { mode: "hold" } }));
  // Its worker has said its one line, too.
  await until(async () => {
    const lines = await Array.fromAsync(harness.backend.logs.read(jobId, { workers: [0] }));
    return lines.length > 0;
  });
  const { logs, ledger } = await openLocalWorkerBackend({ home: harness.home, logger: silentLogger });
  t.teardown(() => ledger.close());
  return { jobId, logs };
}

/** Counts each worker's lines and refuses one that is lost, doubled or out of order. */
function sequenceCheck() {
  const next = new Map<number, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    take({ worker, text }: LogLineView): void {
      if (worker === null || !text.startsWith("line ")) return;
      const expected = next.get(worker) ?? 0;
      if (text !== `line ${expected}`)
        throw new Error(`worker ${worker}: ${text}, expected line ${expected}`);
      next.set(worker, expected + 1);
      count += 1;
    },
  };
}

async function writeRounds(
  logs: LogStore,
  options: { jobId: string; workers: number; rounds: number; count: number; onRound?: () => Promise<void> },
): Promise<void> {
  for (let round = 0; round < options.rounds; round++) {
    for (let worker = 0; worker < options.workers; worker += 50) {
      const some = Array.from({ length: Math.min(50, options.workers - worker) }, (_, n) => worker + n);
      await Promise.all(
        some.map((one) =>
          logs.append(
            options.jobId,
            one,
            linesOf(one, { first: round * options.count, count: options.count }),
          ),
        ),
      );
    }
    await options.onRound?.();
  }
}

test("a followed log of 1,000 workers has each of 100,000 lines once, in order, across broken connections", async (t) => {
  const harness = await startHarness(t);
  const { jobId, logs } = await startRunningJob(t, harness);
  const proxy = await startTcpProxy(t, harness.service.url);
  const check = sequenceCheck();
  let cuts = 0;
  const heapAtStart = process.memoryUsage().heapUsed;
  let heapAtMost = 0;
  const client = new MillraceClient({ url: proxy.url, token: TOKEN });
  const following = (async () => {
    for await (const line of client.logs("sum", jobId, { follow: true, onLost: () => cuts++ })) {
      check.take(line);
      if (check.count === 25_000 || check.count === 60_500) proxy.cut();
      if (check.count % 5_000 === 0) heapAtMost = Math.max(heapAtMost, process.memoryUsage().heapUsed);
    }
  })();
  await writeRounds(logs, { jobId, workers: 1_000, rounds: 10, count: 10 });
  await harness.call(`/sum/${jobId}`, { method: "DELETE" });
  await following;
  t.is(check.count, 100_000);
  t.is(cuts, 2);
  t.true(
    heapAtMost - heapAtStart < 400 * 2 ** 20,
    `heap grew by ${(heapAtMost - heapAtStart) / 2 ** 20} MiB`,
  );
});

test("a followed log resumes when the service was restarted", async (t) => {
  const first = await startHarness(t);
  const { jobId, logs } = await startRunningJob(t, first);
  const proxy = await startTcpProxy(t, first.service.url);
  const check = sequenceCheck();
  const client = new MillraceClient({ url: proxy.url, token: TOKEN });
  const following = (async () => {
    for await (const line of client.logs("sum", jobId, { follow: true })) check.take(line);
  })();
  let round = 0;
  let second: Harness | undefined;
  const onRound = async () => {
    round += 1;
    if (round === 3) {
      await until(async () => check.count > 0);
      await first.leave();
    }
    if (round === 6) {
      second = await startHarness(t, { home: first.home });
      proxy.target(second.service.url);
      await until(async () => check.count >= 150);
    }
  };
  await writeRounds(logs, { jobId, workers: 5, rounds: 10, count: 10, onRound });
  await second?.call(`/sum/${jobId}`, { method: "DELETE" });
  await following;
  t.is(check.count, 500);
});

test("followed lines are read only as fast as the client takes them", async (t) => {
  const harness = await startHarness(t);
  const { jobId, logs } = await startRunningJob(t, harness);
  const text = "x".repeat(1_000);
  for (let group = 0; group < 50; group++) {
    const lines = Array.from(
      { length: 2_000 },
      () => ({ timeMs: 1, level: "info", worker: 1, text }) as const,
    );
    await logs.append(jobId, 1, lines);
  }
  let pulled = 0;
  const { follow } = harness.backend.logs;
  Object.assign(harness.backend.logs, {
    follow: async function* (...args: Parameters<typeof follow>) {
      for await (const line of follow(...args)) {
        pulled += 1;
        yield line;
      }
    },
  });
  const abort = new AbortController();
  const path = `/sum/${jobId}/logs?follow=true&worker=1`;
  const response = await harness.call(path, { signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  // Until the buffers of both ends are full, which is when nothing more is pulled for a while.
  let before = -1;
  await until(async () => {
    const isStill = pulled === before;
    before = pulled;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return isStill;
  });
  t.true(
    pulled > 0 && pulled < 50_000,
    `${pulled} of 100,000 lines were pulled for a client that took one chunk`,
  );
  abort.abort();
});

test("logs resume after Last-Event-ID, for one worker or for 10,000", async (t) => {
  const harness = await startHarness(t);
  const { jobId, logs } = await startRunningJob(t, harness);
  for (const worker of [0, 1, LAST_WORKER]) {
    await logs.append(jobId, worker, linesOf(worker, { first: 0, count: 3 }));
  }
  const read = async (lastEventId: string, query = "") => {
    const response = await harness.call(`/sum/${jobId}/logs${query}`, {
      headers: { "last-event-id": lastEventId },
    });
    const views = (await response.text()).trim().split("\n").filter(Boolean);
    return views.map((line) => JSON.parse(line) as LogLineView).filter(({ text }) => text.startsWith("line"));
  };
  const ids = await firstIds(harness, jobId);
  const rest = await read(`${ids.get(0)},${ids.get(1)}`);
  t.deepEqual(rest.map(({ worker, text }) => [worker, text]).toSorted(), [
    [0, "line 1"],
    [0, "line 2"],
    [1, "line 1"],
    [1, "line 2"],
    [LAST_WORKER, "line 0"],
    [LAST_WORKER, "line 1"],
    [LAST_WORKER, "line 2"],
  ]);
  t.is((await read(String(ids.get(1)), "?worker=1,0")).length, 5);
  const all = Array.from(
    { length: LAST_WORKER + 1 },
    (_, worker) => ids.get(worker) ?? `${worker}:${10 ** 14}`,
  );
  const many = `${all.join(",")},s:${10 ** 14}`;
  t.true(many.length > 150_000);
  const response = await rawRequest(`${harness.service.url}/sum/${jobId}/logs`, {
    headers: { "last-event-id": many },
  });
  t.is(response.status, 200);
  t.is(response.body.split("\n").filter((line) => line.includes('"line ')).length, 6);
  for (const bad of ["x", "0:", "0:1:2", "0:12,", "0:abc", "-1:5", "0:1 2"]) {
    for (const query of ["", "?follow=true"]) {
      const refused = await harness.call(`/sum/${jobId}/logs${query}`, { headers: { "last-event-id": bad } });
      t.is(refused.status, 400, bad);
      const problem = (await refused.json()) as { code: string; detail: string; field: string };
      t.is(problem.code, "invalid_request");
      t.is(problem.field, "Last-Event-ID");
      t.regex(problem.detail, /^Cannot resume after the log position/);
    }
  }
});

/** The id of each worker's first line. */
async function firstIds({ call }: Harness, jobId: string): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  const abort = new AbortController();
  const response = await call(`/sum/${jobId}/logs?follow=true`, { signal: abort.signal });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (const [, id, worker] of text.matchAll(/^id: ((\d+):\d+)\nevent: log\ndata: .*"line 0"/gm)) {
      if (id !== undefined) ids.set(Number(worker), id);
    }
    if (ids.size === 3) break;
  }
  abort.abort();
  return ids;
}

test("logs select by time, by number of last lines and by workers, followed or not", async (t) => {
  const harness = await startHarness(t);
  const { jobId, logs } = await startRunningJob(t, harness);
  const startMs = Date.parse("2030-01-01T00:00:00Z");
  for (const worker of [1, 2]) {
    const lines = linesOf(worker, { first: 0, count: 10 });
    await logs.append(
      jobId,
      worker,
      lines.map((line, n) => ({ ...line, timeMs: startMs + n * 1_000 + worker })),
    );
  }
  const read = async (query: string) => {
    const response = await harness.call(`/sum/${jobId}/logs?${query}`);
    if (response.status !== 200) return response.status;
    const views = (await response.text()).trim().split("\n").filter(Boolean);
    return views
      .map((line) => JSON.parse(line) as LogLineView)
      .map(({ worker, text }) => `${worker} ${text}`);
  };
  t.deepEqual(await read("tail=3"), ["2 line 8", "1 line 9", "2 line 9"]);
  t.deepEqual(await read("tail=2&worker=1"), ["1 line 8", "1 line 9"]);
  t.deepEqual(await read("tail=0"), []);
  t.deepEqual(await read("since=2030-01-01T00:00:09Z"), ["1 line 9", "2 line 9"]);
  t.deepEqual(await read("since=2030-01-01T01:00:09%2B01:00&worker=2"), ["2 line 9"]);
  t.deepEqual(await read("since=2030-01-01T00:00:09Z&tail=1"), ["2 line 9"]);
  t.is(((await read("worker=1,2")) as string[]).length, 20);
  t.is(((await read("worker=1&worker=2")) as string[]).length, 20);
  t.deepEqual(await read("since=2030-01-01t01:00:09+01:00&worker=2"), ["2 line 9"]);
  t.deepEqual(await read("since=2030-01-01T00:00:08.99999999999999999999Z&tail=1"), ["2 line 9"]);
  for (const bad of [
    "2030-01-01",
    "2030-02-30T00:00:00Z",
    "2030-01-01T24:00:00Z",
    "2030-01-01T00:00:00",
    "",
  ]) {
    t.is(await read(`since=${bad}`), 400, bad);
  }
  for (const bad of ["since=yesterday", "tail=-1", "tail=x", "worker=a", "worker=", "worker=1,-2"]) {
    t.is(await read(bad), 400, bad);
  }
  const [line] = (await (await harness.call(`/sum/${jobId}/logs?tail=1`)).text()).split("\n");
  t.is(
    line,
    `{"time":"2030-01-01T00:00:09.002Z","level":"info","api":"sum","job_id":"${jobId}","worker":2,"batch":null,"text":"line 9"}`,
  );
  const proxy = await startTcpProxy(t, harness.service.url);
  const client = new MillraceClient({ url: proxy.url, token: TOKEN });
  const seen: string[] = [];
  for await (const { worker, text } of client.logs("sum", jobId, { follow: true, tail: 1 })) {
    seen.push(`${worker} ${text}`);
    // Worker 1 has no line in the tail: what it writes while the client is away comes all the same, and nothing else.
    if (seen.length === 1) {
      proxy.cut();
      await logs.append(jobId, 1, [{ timeMs: startMs, level: "info", worker: 1, text: "new of 1" }]);
      await logs.append(jobId, 5, [{ timeMs: startMs + 1, level: "info", worker: 5, text: "new of 5" }]);
    }
    if (seen.length === 3) break;
  }
  t.deepEqual(seen, ["2 line 9", "1 new of 1", "5 new of 5"]);
});
