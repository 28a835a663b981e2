import type { LogLine } from "@millrace/core";
import type { ContractTest } from "./contract.ts";
import { collect, createJob } from "./samples.ts";

function line(worker: number | null, timeMs: number, text = `${worker} at ${timeMs}`): LogLine {
  return { timeMs, level: "info", worker, text };
}

export function describeLogStore(test: ContractTest): void {
  test("logs.read() gives each worker's lines in order, merged by time", async (t, { backend, second }) => {
    const { logs } = backend;
    const jobId = await createJob(backend);
    t.deepEqual(await collect(logs.read(jobId)), []);
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
    t.deepEqual(await collect(logs.read(jobId)), all);
    t.deepEqual(await collect(logs.read(jobId, { worker: 1 })), [line(1, 2), line(1, 5)]);
    t.deepEqual(await collect(logs.read(jobId, { worker: null })), [line(null, 3)]);
    t.deepEqual(await collect(logs.read(jobId, { worker: 7 })), []);
    await logs.delete(jobId);
    t.deepEqual(await collect(logs.read(jobId)), []);
  });

  test("logs.append() keeps the order of calls that are not awaited", async (t, { backend }) => {
    const jobId = await createJob(backend);
    const lines = Array.from({ length: 200 }, (_, n) => line(0, 1, `${n}`));
    await Promise.all(lines.map((one) => backend.logs.append(jobId, 0, [one])));
    t.deepEqual(await collect(backend.logs.read(jobId)), lines);
  });

  test("logs.read() merges the files of 300 workers", async (t, { backend }) => {
    const jobId = await createJob(backend);
    for (let worker = 0; worker < 300; worker += 1) {
      await backend.logs.append(jobId, worker, [line(worker, worker), line(worker, 1_000 - worker)]);
    }
    const times = (await collect(backend.logs.read(jobId))).map(({ timeMs }) => timeMs);
    t.is(times.length, 600);
    t.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  test("logs.follow() gives the lines so far, then new ones, also of new workers, until its signal", async (t, {
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
    const lines = collect(backend.logs.follow(jobId, { worker: 1, signal: abort.signal }));
    await backend.logs.append(jobId, 0, [line(0, 1)]);
    abort.abort();
    t.deepEqual(await lines, []);
  });
}
