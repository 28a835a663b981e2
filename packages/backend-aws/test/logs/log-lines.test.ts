import type { LogLine } from "@millrace/core";
import test from "ava";
import {
  type DecodedLine,
  type EncodedEvent,
  encodeLine,
  LineDecoder,
  type ReadEvent,
} from "../../src/logs/log-lines.ts";

const line = (text: string, fields: Partial<LogLine> = {}): LogLine => ({
  timeMs: 7,
  level: "info",
  worker: 3,
  text,
  ...fields,
});

function encodeAll(lines: readonly LogLine[]): EncodedEvent[] {
  const events: EncodedEvent[] = [];
  for (const one of lines) events.push(...encodeLine(one, { seq: events.length + 1, worker: 3 }));
  return events;
}

const read = (message: string): ReadEvent => ({ message, timestampMs: 1 });
const readAll = (events: readonly EncodedEvent[]) => events.map(({ message }) => read(message));
const plain = (lines: readonly DecodedLine[]) => lines.map(({ seq: _, timestampMs: __, ...line }) => line);

test("encodeLine() keeps events within 256 KiB, and decode() joins them", (t) => {
  const lines = [
    line("short", { batch: "000000000000-4", level: "error" }),
    line("x".repeat(300_000)),
    line("\u0000".repeat(90_000)), // 6 bytes each in JSON.
    line("😀".repeat(100_001)), // Cut within a surrogate pair.
    line(`${"é".repeat(130_000)}\ud83d`), // A lone half at the end.
    line(""),
    line("y".repeat(40_000 * 7)),
  ];
  const events = encodeAll(lines);
  for (const { message, bytes } of events) {
    t.is(bytes, Buffer.byteLength(message) + 26);
    t.true(bytes <= 256 * 1024);
  }
  t.true(events.length > lines.length);
  t.deepEqual(plain(new LineDecoder(3).decode(readAll(events))), lines);
  const decoder = new LineDecoder(3);
  t.deepEqual(plain(readAll(events).flatMap((event) => decoder.decode([event]))), lines);
});

test("encodeLine() keeps the fields in JSON for people who look at the stream", (t) => {
  const [event] = encodeLine(line("hello", { batch: "b" }), { seq: 9, worker: 3 });
  t.deepEqual(JSON.parse(event?.message ?? ""), {
    seq: 9,
    time_ms: 7,
    level: "info",
    worker: 3,
    batch: "b",
    text: "hello",
  });
});

test("decode() reads an event that was sent twice once, in any order of events in a page", (t) => {
  const lines = [line("one"), line("x".repeat(300_000)), line("three")];
  const sent = readAll(encodeAll(lines));
  const decoder = new LineDecoder(3);
  t.deepEqual(plain(decoder.decode([...sent, ...sent].reverse())), lines);
  t.deepEqual(decoder.decode(sent), []);
});

test("decode() skips half-written lines, and events that are not lines", (t) => {
  const [first, second, ...rest] = readAll(encodeAll([line("x".repeat(300_000))])) as [ReadEvent, ReadEvent];
  const after = readAll(encodeLine(line("after"), { seq: 20, worker: 3 }));
  const decode = (...events: ReadEvent[]) => plain(new LineDecoder(3).decode([...events, ...after]));
  t.deepEqual(decode(first, second), [line("after")]);
  t.deepEqual(decode(first, ...rest), [line("after")]);
  t.deepEqual(decode(second, ...rest), [line("after")]);
  t.deepEqual(decode(...["", "{", "null", '{"text":1}'].map(read)), [line("after")]);
});

test("decode() starts after a given line, and says where each line ends", (t) => {
  const lines = [line("one"), line("x".repeat(300_000)), line("three")];
  const sent = readAll(encodeAll(lines));
  const all = new LineDecoder(3).decode(sent);
  t.is(all.at(-1)?.seq, sent.length);
  for (const [index, { seq }] of all.entries()) {
    t.deepEqual(plain(new LineDecoder(3, seq).decode(sent)), lines.slice(index + 1));
  }
});
