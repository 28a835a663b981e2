import test from "ava";
import { decodeBatch, encodeBatch } from "../src/batch-text.ts";
import type { BatchDescriptor } from "../src/mod.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;
const batches: readonly BatchDescriptor[] = [
  { first: 0, count: 1, segments: [{ source: 0, start: 0, end: 1 }] },
  { first: 1_280, count: 64, segments: [{ source: 3, start: 10, end: 99 }], priorAttempts: 2 },
  { first: 10 ** 11, count: 2, segments: [{ source: 0, start: LARGEST - 1, end: LARGEST }] },
  { first: 5, count: 3, segments: [] },
  {
    first: 5,
    count: 300,
    segments: Array.from({ length: 300 }, (_, source) => ({ source, start: source, end: source * 2 })),
  },
];

test("decodeBatch() reverses encodeBatch()", (t) => {
  for (const batch of batches) t.deepEqual(decodeBatch(encodeBatch(batch)), batch);
});

test("encodeBatch() leaves out zero prior attempts", (t) => {
  const batch = { first: 1, count: 2, segments: [] };
  t.is(encodeBatch({ ...batch, priorAttempts: 0 }), encodeBatch(batch));
  t.deepEqual(decodeBatch(encodeBatch({ ...batch, priorAttempts: 0 })), batch);
});

test("encodeBatch() stays far under a kibibyte for a batch of some segments", (t) => {
  const segments = Array.from({ length: 8 }, () => ({
    source: 99_999,
    start: 10 ** 12,
    end: 10 ** 12 + 10 ** 9,
  }));
  t.true(encodeBatch({ first: 10 ** 11, count: 10 ** 6, segments }).length < 400);
});

for (const text of [
  "",
  "hello",
  '{"first":0,"count":1,"segments":[]}',
  "1",
  "1 2",
  "1 0 0",
  "1 -2 0",
  "-1 2 0",
  "1 2 x",
  "1.5 2 0",
  "1 2.5 0",
  " 1 0",
  "1 2 0 hello",
  "1 2 0 1:2",
  "1 2 0 1:2:3:4",
  "1 2 0 1:a:3",
  "1 2 0 1:-1:3",
  "1 2 0 ",
  `${"9".repeat(20)} 1 0`,
]) {
  test(`decodeBatch() refuses "${text}"`, (t) => {
    t.throws(() => decodeBatch(text), { instanceOf: SyntaxError, message: /^Cannot read batch "/ });
  });
}

test("decodeBatch() shows no more than the beginning of what it cannot read", (t) => {
  const error = t.throws(() => decodeBatch("x".repeat(10_000)));
  t.true(error.message.length < 200);
});
