import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import { utf16 } from "../../../src/dataset/packing/utf16.ts";

async function unpacked(bytes: Uint8Array, size: number): Promise<string> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const all: Uint8Array[] = [];
  for await (const part of utf16.unpack(pieces(), { file: "/in/a.csv" })) all.push(part);
  return Buffer.concat(all).toString();
}

function encode(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
}

test("utf16.unpack() returns the text in UTF-8, in either byte order, however the bytes are cut", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (text, isBigEndian, size) => {
        const bytes = encode(text, isBigEndian);
        if (!utf16.matches(bytes) && !text.startsWith("\0")) throw new Error("not told");
        const given = Buffer.from(bytes);
        if ((await unpacked(bytes, size)) !== text) throw new Error("differs");
        if (!given.equals(bytes)) throw new Error("the input was changed");
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});

test("utf16.unpack() refuses half a character with its line, and an end inside one", async (t) => {
  for (const isBigEndian of [false, true]) {
    const lone = encode("a\nb\n\ud83dx\n", isBigEndian);
    for (const size of [1, 3, 100])
      await t.throwsAsync(unpacked(lone, size), { message: /a\.csv" at line 3: half of a character/ });
    for (const cut of [1, 2, 3])
      await t.throwsAsync(unpacked(encode("a\n😀", isBigEndian).subarray(0, -cut), 4), {
        message: /line 2: .*ends inside a character/,
      });
  }
});

test("utf16.matches() does not mistake UTF-32 for UTF-16", (t) => {
  t.false(utf16.matches(Buffer.from([0xff, 0xfe, 0, 0])));
  t.true(utf16.matches(Buffer.from([0xff, 0xfe])));
});
