import test from "ava";
import { decodeNumbers, encodeNumbers } from "../../src/pool/pool-records.ts";

const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

test("encodeNumbers() writes consecutive numbers as ranges", (t) => {
  t.is(encodeNumbers([0]), "0");
  t.is(encodeNumbers([0, 1]), "0-1");
  t.is(encodeNumbers([0, 2, 3, 4, 9]), "0,2-4,9");
  t.is(encodeNumbers([5, 4, 3]), "5,4,3");
  t.is(encodeNumbers([1, 1]), "1,1");
  t.is(encodeNumbers(upTo(10_000)), "0-9999");
});

test("decodeNumbers() reverses encodeNumbers(), in the same order", (t) => {
  const lists = [
    [0],
    [9_999],
    [7, 3, 4, 5, 0],
    upTo(10_000),
    upTo(100).filter((n) => n % 3 > 0),
    // Every choice among ten workers.
    ...upTo(1_023).map((bits) => upTo(10).filter((n) => ((bits + 1) >> n) & 1)),
  ];
  for (const list of lists) t.deepEqual(decodeNumbers(encodeNumbers(list)), list);
});
