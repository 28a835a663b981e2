import test from "ava";
import { MOST_PARTS, partBytes } from "../../src/objects/part-size.ts";

const MIB = 1024 * 1024;

test("partBytes() lets 10,000 parts hold S3's largest object of 5 TiB, each between 5 MiB and 5 GiB", (t) => {
  let total = 0;
  for (let part = 1; part <= MOST_PARTS; part += 1) {
    const bytes = partBytes(part);
    if (bytes < 5 * MIB || bytes > 5 * 1024 * MIB) t.fail(`part ${part} has ${bytes} bytes`);
    total += bytes;
  }
  t.is(total, 8 * MIB * 1_000 * 1_023);
  t.true(total > 5 * MIB * MIB);
});

test("partBytes() is 8 MiB for the first 1,000 parts and throws RangeError past 10,000", (t) => {
  t.is(partBytes(1), 8 * MIB);
  t.is(partBytes(1_000), 8 * MIB);
  t.is(partBytes(1_001), 16 * MIB);
  t.throws(() => partBytes(10_001), { instanceOf: RangeError });
  t.throws(() => partBytes(0), { instanceOf: RangeError });
});
