import test from "ava";
import { decompress } from "../../src/codecs/decompress.ts";
import { decompressLz4, decompressLz4Hadoop } from "../../src/codecs/lz4.ts";
import { decompressSnappy } from "../../src/codecs/snappy.ts";

// Blocks written by hand, from the descriptions of the formats.

test("decompressSnappy() reads literals and overlapping copies", (t) => {
  // 10 bytes: literal "ab", then a copy of 8 from 2 back.
  const block = Buffer.from([10, (1 << 2) | 0, 0x61, 0x62, ((8 - 4) << 2) | 1, 2]);
  t.is(decompressSnappy(block, 10).toString(), "ababababab");
  // 70 bytes: a literal whose length is in a byte of its own.
  const long = Buffer.concat([Buffer.from([70, 60 << 2, 69]), Buffer.alloc(70, "x")]);
  t.is(decompressSnappy(long, 70).toString(), "x".repeat(70));
});

test("decompressSnappy() refuses blocks that are cut off, too long, or copy from before the start", (t) => {
  const blocks = [
    [],
    [10],
    [2, 4, 0x61],
    [1, 4, 0x61, 0x62],
    [4, 0, 0x61, 1, 2],
    [4, 0, 0x61, 1, 0],
    [3, 0, 0x61],
    [255, 255, 255, 255, 255, 255],
  ];
  for (const block of blocks) {
    t.throws(
      () => decompressSnappy(Buffer.from(block), block[0] ?? 1),
      { name: "ParquetError" },
      String(block),
    );
  }
});

test("decompressLz4() reads literals, copies and long lengths", (t) => {
  // literal "ab", copy of 4 + 4 from 2 back, then the last literal "c"
  const block = Buffer.from([0x24, 0x61, 0x62, 2, 0, 0x10, 0x63]);
  t.is(decompressLz4(block, 11).toString(), "ababababab" + "c");
  const long = Buffer.concat([Buffer.from([0xf0, 255, 30]), Buffer.alloc(300, "y")]);
  t.is(decompressLz4(long, 300).toString(), "y".repeat(300));
});

test("decompressLz4Hadoop() reads framed blocks and a bare block", (t) => {
  const block = Buffer.from([0x20, 0x61, 0x62]);
  const head = Buffer.from([0, 0, 0, 2, 0, 0, 0, 3]);
  t.is(decompressLz4Hadoop(Buffer.concat([head, block, head, block]), 4).toString(), "abab");
  t.is(decompressLz4Hadoop(block, 2).toString(), "ab");
});

test("decompressLz4() refuses blocks that are cut off, too long, or copy from before the start", (t) => {
  for (const block of [
    [0x20, 0x61],
    [0x24, 0x61, 0x62, 2],
    [0x14, 0x61, 2, 0],
    [0x14, 0x61, 0, 0],
    [0xf0, 255],
    [0x30, 1, 2, 3],
  ]) {
    t.throws(() => decompressLz4(Buffer.from(block), 2), { name: "ParquetError" }, String(block));
  }
});

test("decompress() names an unsupported codec, and refuses data that is not of its codec", (t) => {
  t.throws(() => decompress(3, Buffer.from("x"), 1), {
    message: /compressed with LZO, which cannot be read/,
  });
  t.throws(() => decompress(42, Buffer.from("x"), 1), { message: /compressed with number 42/ });
  for (const codec of [2, 4, 6]) {
    t.throws(() => decompress(codec, Buffer.from("not packed"), 100), {
      name: "ParquetError",
      message: /a page is not /,
    });
  }
  t.throws(() => decompress(0, Buffer.from("abc"), 2), { message: /unpacks to 3 bytes, expected 2/ });
  t.is(decompress(1, Buffer.alloc(0), 0).length, 0);
});
