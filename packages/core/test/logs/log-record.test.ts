import test from "ava";
import { MillraceError } from "../../src/errors.ts";
import { loggerLine, logRecord } from "../../src/logs/log-record.ts";

const KEYS = ["time", "level", "api", "job_id", "worker", "batch", "text"];

test("logRecord() has the same keys in the same order, whatever is known", (t) => {
  const all = { timeMs: 0, level: "info", api: "a", jobId: "j", worker: 0, batch: "0-1", text: "t" } as const;
  t.is(
    JSON.stringify(logRecord(all)),
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","api":"a","job_id":"j","worker":0,"batch":"0-1","text":"t"}',
  );
  t.deepEqual(Object.keys(logRecord({ text: "t", level: "warn", timeMs: 1 })), KEYS);
});

function line(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(loggerLine({ timeMs: 0, level: "error", text: "it failed", fields }));
}

test("loggerLine() starts with the common keys, then has its fields, and no field can replace a key", (t) => {
  const fields = {
    request_id: "r",
    worker: 3,
    job_id: "j",
    text: "other",
    level: "debug",
    time: 5,
    batch: 7,
  };
  const written = line(fields);
  t.deepEqual(Object.keys(written), [...KEYS, "request_id"]);
  t.like(written, { level: "error", api: null, job_id: "j", worker: 3, batch: null, text: "it failed" });
  t.is(written.time, "1970-01-01T00:00:00.000Z");
});

test("loggerLine() expands errors at any depth, with their causes, also circular ones", (t) => {
  const inner = new RangeError("inner");
  const error = new MillraceError("conflict", "outer", { details: { field: "x" }, cause: inner });
  inner.cause = error;
  const written = line({ error, nested: { list: [inner] } }) as {
    error: { name: string; code: string; message: string; details: object; stack: string; cause: Error };
    nested: { list: Error[] };
  };
  t.like(written.error, { code: "conflict", message: "outer", details: { field: "x" } });
  t.regex(written.error.stack, /log-record\.test/);
  t.like(written.error.cause, { name: "RangeError", message: "inner" });
  t.like(written.nested.list[0], { name: "RangeError", message: "inner" });
});

test("loggerLine() never throws", (t) => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  t.like(line({ circle, job_id: "j" }), { job_id: "j", text: "it failed" });
  t.regex(String(line({ circle }).unwritable_fields), /circular/);
  t.is(line({ bytes: 2n ** 64n }).bytes, "18446744073709551616");
});
