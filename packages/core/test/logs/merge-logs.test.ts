import test from "ava";
import { type LogSource, mergeLogs as merge } from "../../src/logs/merge-logs.ts";
import type { StoredLogLine } from "../../src/ports/log-store.ts";

const line = (worker: number, timeMs: number, text = ""): StoredLogLine => ({
  timeMs,
  level: "info",
  worker,
  text,
  position: text,
});

const mergeLogs = (sources: readonly LogSource[], signal?: AbortSignal) =>
  merge(sources, { totalBytes: 2 ** 26, smallestPieceBytes: 1, largestPieceBytes: 2 ** 20, signal });

/** Gives `lines` in pieces of `size`. */
function source(lines: readonly StoredLogLine[], size = 3): LogSource {
  let at = 0;
  return {
    next: async () => {
      if (at >= lines.length) return undefined;
      at += size;
      return lines.slice(at - size, at);
    },
  };
}

test("mergeLogs() merges 1,000 streams by time, each in its order", async (t) => {
  const streams = Array.from({ length: 1_000 }, (_, worker) =>
    Array.from({ length: 10 }, (_, n) => line(worker, ((worker * 7_919) % 997) + n * 100)),
  );
  const merged = await Array.fromAsync(mergeLogs(streams.map((lines) => source(lines))));
  t.deepEqual(
    merged,
    streams.flat().sort((a, b) => a.timeMs - b.timeMs || (a.worker ?? 0) - (b.worker ?? 0)),
  );
});

test("mergeLogs() keeps the order of streams for equal times, and each stream's order whatever its times", async (t) => {
  const a = [line(0, 5, "a1"), line(0, 1, "a2"), line(0, 9, "a3")];
  const b = [line(1, 5, "b1"), line(1, 5, "b2"), line(1, 9, "b3")];
  const merged = await Array.fromAsync(mergeLogs([source([]), source(a, 1), source(b)]));
  t.deepEqual(
    merged.map(({ text }) => text),
    ["a1", "a2", "b1", "b2", "a3", "b3"],
  );
  t.deepEqual(await Array.fromAsync(mergeLogs([])), []);
});

test("mergeLogs() reads smaller pieces from more streams, opens few at a time, and stops at its signal", async (t) => {
  let [asked, open, mostOpen, bytesAsked] = [0, 0, 0, 0];
  const slow: LogSource = {
    next: async ({ bytes }) => {
      asked += 1;
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      bytesAsked = bytes;
      await new Promise(setImmediate);
      open -= 1;
      return [line(0, asked)];
    },
  };
  const abort = new AbortController();
  const error = await t.throwsAsync(async () => {
    for await (const _ of mergeLogs(
      Array.from({ length: 1_000 }, () => slow),
      abort.signal,
    )) {
      abort.abort(new Error("enough"));
    }
  });
  t.is(error?.message, "enough");
  t.is(mostOpen, 8);
  t.true(bytesAsked * 1_000 <= 65 * 1024 * 1024);
});
