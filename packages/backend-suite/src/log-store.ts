import type { LogLine } from "@millrace/core";
import { type ContractTest, throwsCode } from "./contract.ts";
import { collect, collectLines, createJob } from "./samples.ts";

function line(worker: number | null, timeMs: number, text = `${worker} at ${timeMs}`): LogLine {
  return { timeMs, level: "info", worker, text };
}

export function describeLogStore(test: ContractTest): void {
  test("logs.read() returns each worker's lines in order, merged by time", async (t, { backend, second }) => {
    const { logs } = backend;
    const jobId = await createJob(backend);
    t.deepEqual(await collectLines(logs.read(jobId)), []);
    const odd: LogLine = {
      timeMs: 4,
      level: "error",
      worker: 0,
      batch: "000000000000-4",
      text: 'multi\nline "é" \u2028',
    };
    await logs.append(jobId, 1, [line(1, 2), line(1, 5)]);
    await logs.append(jobId, 0, [line(0, 1), odd]);
    await (await second()).logs.append(jobId, null, [line(null, 3)]);
    await logs.append(jobId, 0, [line(0, 6)]);
    await logs.append(jobId, 0, []);
    const all = [line(0, 1), line(1, 2), line(null, 3), odd, line(1, 5), line(0, 6)];
    t.deepEqual(await collectLines(logs.read(jobId)), all);
    t.deepEqual(await collectLines(logs.read(jobId, { workers: [1] })), [line(1, 2), line(1, 5)]);
    t.deepEqual(await collectLines(logs.read(jobId, { workers: [null] })), [line(null, 3)]);
    t.deepEqual(await collectLines(logs.read(jobId, { workers: [7] })), []);
    await logs.delete(jobId);
    t.deepEqual(await collectLines(logs.read(jobId)), []);
  });

  test("logs.append() keeps the order of calls that are not awaited", async (t, { backend }) => {
    const jobId = await createJob(backend);
    const lines = Array.from({ length: 200 }, (_, n) => line(0, 1, `${n}`));
    await Promise.all(lines.map((one) => backend.logs.append(jobId, 0, [one])));
    t.deepEqual(await collectLines(backend.logs.read(jobId)), lines);
  });

  test("logs.read() merges the files of 300 workers", async (t, { backend }) => {
    const jobId = await createJob(backend);
    for (let worker = 0; worker < 300; worker += 1) {
      await backend.logs.append(jobId, worker, [line(worker, worker), line(worker, 1_000 - worker)]);
    }
    const times = (await collectLines(backend.logs.read(jobId))).map(({ timeMs }) => timeMs);
    t.is(times.length, 600);
    t.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  test("logs.follow() returns the lines so far, then new ones, also of new workers, until its signal", async (t, {
    backend,
    second,
  }) => {
    const jobId = await createJob(backend);
    const writer = (await second()).logs;
    await writer.append(jobId, 0, [line(0, 1), line(0, 2)]);
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const { text } of backend.logs.follow(jobId, { signal: abort.signal })) {
      seen.push(text);
      if (seen.length === 2) await writer.append(jobId, 0, [line(0, 3)]);
      if (seen.length === 3) await writer.append(jobId, 12, [line(12, 4)]);
      if (seen.length === 4) await writer.append(jobId, null, [line(null, 5)]);
      if (seen.length === 5) abort.abort();
    }
    t.deepEqual(seen, ["0 at 1", "0 at 2", "0 at 3", "12 at 4", "null at 5"]);
  });

  test("logs.follow() waits for a job without lines and ends when its signal aborts", async (t, {
    backend,
  }) => {
    const jobId = await createJob(backend);
    const abort = new AbortController();
    const lines = collectLines(backend.logs.follow(jobId, { workers: [1], signal: abort.signal }));
    await backend.logs.append(jobId, 0, [line(0, 1)]);
    abort.abort();
    t.deepEqual(await lines, []);
  });

  test("logs.read() resumes after any line without loss or duplicates, and starts unknown workers at their first line", async (t, {
    backend,
    second,
  }) => {
    const { logs } = backend;
    const jobId = await createJob(backend);
    const restarted = (await second()).logs;
    await logs.append(jobId, 0, [line(0, 1, "é"), line(0, 1), line(0, 1)]);
    await logs.append(jobId, null, [line(null, 2)]);
    await logs.append(jobId, 1, [line(1, 3, "x".repeat(300_000)), line(1, 3)]);
    // Another process as the same worker and as the service, while the first one continues.
    await restarted.append(jobId, 0, [line(0, 4)]);
    await restarted.append(jobId, null, [line(null, 5)]);
    await logs.append(jobId, null, [line(null, 6)]);
    await logs.append(jobId, 0, [line(0, 7)]);
    const all = await collect(logs.read(jobId));
    t.is(all.length, 10);
    const seen = new Map<number | null, string>();
    for (let count = 0; count <= all.length; count += 1) {
      t.deepEqual(await collect(logs.read(jobId, { after: seen })), all.slice(count), `after ${count} lines`);
      const next = all[count];
      if (next) seen.set(next.worker, next.position);
    }
    t.is(new Set(all.map(({ worker, position }) => `${worker}:${position}`)).size, all.length);
    for (const { position } of all) t.regex(position, /^[A-Za-z0-9._-]{1,200}$/);
    const onlyOne = new Map([[1, all.find(({ worker }) => worker === 1)?.position ?? ""]]);
    const rest = await collectLines(logs.read(jobId, { after: onlyOne, workers: [1, null] }));
    t.deepEqual(
      rest.map(({ worker, timeMs }) => [worker, timeMs]),
      [
        [null, 2],
        [1, 3],
        [null, 5],
        [null, 6],
      ],
    );
    const bad = new Map([[7, "no-position"]]);
    await throwsCode(t, async () => collect(logs.read(jobId, { after: bad })), { code: "invalid_request" });
  });

  test("logs.follow() resumes after positions, and ends when asked to, once nothing is new", async (t, {
    backend,
  }) => {
    const jobId = await createJob(backend);
    await backend.logs.append(jobId, 0, [line(0, 1), line(0, 2), line(0, 3)]);
    await backend.logs.append(jobId, 1, [line(1, 1)]);
    const [first] = await collect(backend.logs.read(jobId, { workers: [0] }));
    const ending = new AbortController();
    const seen: string[] = [];
    const query = { after: new Map([[0, first?.position ?? ""]]), ending: ending.signal };
    for await (const { text } of backend.logs.follow(jobId, {
      ...query,
      signal: new AbortController().signal,
    })) {
      seen.push(text);
      if (seen.length === 3) {
        // Lines written before the end was signalled are not lost.
        await backend.logs.append(jobId, 2, [line(2, 9)]);
        ending.abort();
      }
    }
    t.deepEqual(seen, ["1 at 1", "0 at 2", "0 at 3", "2 at 9"]);
  });

  test("logs.read() returns lines from a time on, also of logs too large to be read whole", async (t, {
    backend,
  }) => {
    const jobId = await createJob(backend);
    const startMs = Date.now() - 10_000;
    const many = Array.from({ length: 4_000 }, (_, n) => line(0, startMs + n, `${n} ${"x".repeat(100)}`));
    await backend.logs.append(jobId, 0, many);
    await backend.logs.append(jobId, 1, [line(1, startMs + 1), line(1, startMs + 3_990)]);
    for (const from of [0, 1, 1_999, 3_990, 3_999, 4_000]) {
      const lines = await collectLines(backend.logs.read(jobId, { workers: [0], sinceMs: startMs + from }));
      t.deepEqual(lines, many.slice(from));
    }
    const late = await collectLines(backend.logs.read(jobId, { sinceMs: startMs + 3_989 }));
    t.is(late.length, 12);
    t.is(late[2]?.worker, 1);
  });

  test("logs.beforeLast() returns the positions before the last lines of all workers together", async (t, {
    backend,
  }) => {
    const { logs } = backend;
    const jobId = await createJob(backend);
    t.is((await logs.beforeLast(jobId, 3)).size, 0);
    const many = Array.from({ length: 1_500 }, (_, n) => line(0, n, `${n} ${"x".repeat(100)}`));
    await logs.append(jobId, 0, many);
    await logs.append(jobId, 1, [line(1, 3), line(1, 1_498), line(1, 2_000)]);
    await logs.append(jobId, 2, [line(2, 5)]);
    const all = await collectLines(logs.read(jobId));
    for (const count of [0, 1, 2, 5, 1_400, 1_504, 9_000]) {
      const after = await logs.beforeLast(jobId, count);
      t.deepEqual(
        await collectLines(logs.read(jobId, { after })),
        all.slice(Math.max(0, all.length - count)),
      );
    }
    const after = await logs.beforeLast(jobId, 2, { workers: [0] });
    t.deepEqual(await collectLines(logs.read(jobId, { after, workers: [0] })), many.slice(-2));
    const recent = await logs.beforeLast(jobId, 5, { sinceMs: 1_498 });
    const since = await collectLines(logs.read(jobId, { after: recent, sinceMs: 1_498 }));
    t.deepEqual(since, all.slice(-4));
  });
}
