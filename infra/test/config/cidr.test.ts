import test from "ava";
import { contains, formatCidr, overlaps, parseCidr, subnetOf } from "../../src/config/cidr.ts";

const block = (text: string) => {
  const cidr = parseCidr(text);
  if (!cidr) throw new TypeError(`"${text}" is no block`);
  return cidr;
};

test("parseCidr() reads a block, and writes the same block", (t) => {
  for (const text of ["10.42.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "192.168.4.0/22"]) {
    t.is(formatCidr(block(text)), text);
  }
});

test("parseCidr() refuses text that is not a block, and bits after the prefix", (t) => {
  for (const text of ["10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "10.0.0.1/24", "10.0/16", "::/0", ""]) {
    t.is(parseCidr(text), undefined, text);
  }
});

test("overlaps() and contains() compare by address, not by text", (t) => {
  t.true(overlaps(block("10.0.0.0/16"), block("10.0.255.0/24")));
  t.false(overlaps(block("10.0.0.0/24"), block("10.0.1.0/24")));
  t.true(contains(block("10.0.0.0/16"), block("10.0.3.0/24")));
  t.false(contains(block("10.0.3.0/24"), block("10.0.0.0/16")));
});

test("subnetOf() cuts consecutive blocks", (t) => {
  const blocks = [0, 1, 7].map((index) =>
    formatCidr(subnetOf(block("10.42.0.0/16"), { prefixLength: 19, index })),
  );
  t.deepEqual(blocks, ["10.42.0.0/19", "10.42.32.0/19", "10.42.224.0/19"]);
});
