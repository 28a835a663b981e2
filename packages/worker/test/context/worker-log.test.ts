import { type LogLine, MillraceError, silentLogger } from "@millrace/core";
import test from "ava";
import { WorkerLog } from "../../src/context/worker-log.ts";
import { until } from "../support/until.ts";

/** A log whose store takes a group when the test says so. */
function open({ logGroupMs = 1, append }: { logGroupMs?: number; append?: () => Promise<void> } = {}) {
  const groups: (readonly LogLine[])[] = [];
  const logs = {
    append: async (_: string, __: number | null, lines: readonly LogLine[]) => {
      groups.push(lines);
      await append?.();
    },
  };
  const backend = { logs, pace: { logGroupMs } } as never;
  const log = new WorkerLog({ backend, job: { jobId: "j" }, worker: 3, logger: silentLogger });
  return { log, groups };
}

test("add() writes lines in groups, in order", async (t) => {
  const { log, groups } = open();
  t.is(log.add("info", "one"), undefined);
  void log.add("warn", "two", "000000000000-1");
  await until("they are written", () => groups.length > 0);
  const [group = []] = groups;
  t.deepEqual(
    group.map(({ timeMs: _, ...line }) => line),
    [
      { level: "info", worker: 3, text: "one" },
      { level: "warn", worker: 3, batch: "000000000000-1", text: "two" },
    ],
  );
});

test("add() writes 500 lines at once, and delays the predictor's prints when 2,000 are unwritten", async (t) => {
  const open_ = Promise.withResolvers<void>();
  const { log, groups } = open({ logGroupMs: 2 ** 30, append: () => open_.promise });
  for (let n = 0; n < 500; n++) t.is(log.add("info", `${n}`), undefined);
  await until("the first group is on its way", () => groups.length === 1);
  for (let n = 500; n < 2_499; n++) t.is(log.add("info", `${n}`), undefined);
  const held = log.add("info", "2499");
  t.true(held instanceof Promise);
  open_.resolve();
  await held;
  t.deepEqual(
    groups.flat().map(({ text }) => text),
    Array.from({ length: 2_500 }, (_, n) => `${n}`),
  );
});

test("failure() logs the traceback of the first failures, then one line each", async (t) => {
  const { log, groups } = open();
  const error = new MillraceError("predictor_error", "odd", { details: { traceback: "line 1" } });
  for (let n = 0; n < 21; n++) log.failure("000000000000-1", error);
  await log.flush();
  const texts = groups.flat().map(({ text }) => text);
  t.is(texts.filter((text) => text === "batch 000000000000-1 failed: odd\nline 1").length, 20);
  t.is(texts[20], "batch 000000000000-1 failed: odd");
});

test("flush() resolves even if lines cannot be written, because results matter more", async (t) => {
  const append = async () => {
    throw new Error("disk full");
  };
  const { log, groups } = open({ append });
  void log.add("info", "lost");
  await log.flush();
  void log.add("info", "next");
  await log.flush();
  t.is(groups.length, 2);
});
