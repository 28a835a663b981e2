import { Buffer } from "node:buffer";
import { constants, zstdCompressSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { zstd } from "../../../src/dataset/packing/zstd.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpacked(bytes: Uint8Array, size = 1_000_000): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of zstd.unpack(pieces(bytes, size), { file: "/in/a.zst" })) all.push(part);
  return Buffer.concat(all);
}

const frame = (content: Uint8Array | string, isChecked = false) =>
  zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: isChecked ? 1 : 0 } });
const skippable = (content: string) => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a5a);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, Buffer.from(content)]);
};

test("zstd.unpack() returns the content of every frame, however the bytes are cut", async (t) => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.integer({ min: 0, max: 400_000 }).map((length) => new Uint8Array(length).fill(97)),
    fc.integer({ min: 130_000, max: 300_000 }).map((length) => {
      return Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 24);
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(content, fc.boolean(), fc.boolean()), { maxLength: 4 }),
      fc.constantFrom(1, 2, 5, 4_096, 1_000_000),
      async (frames, size) => {
        const packed = frames.flatMap(([bytes, isChecked, isAfterSkipped]) => [
          ...(isAfterSkipped ? [skippable("index")] : []),
          frame(bytes, isChecked),
        ]);
        const expected = Buffer.concat(frames.map(([bytes]) => bytes));
        if (!expected.equals(await unpacked(Buffer.concat(packed), size))) throw new Error("differs");
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});

test("zstd.unpack() refuses frames that are cut off or damaged, and what follows them", async (t) => {
  const whole = frame("a line\n".repeat(1_000), true);
  const two = Buffer.concat([whole, frame("b\n")]);
  for (const packed of [whole.subarray(0, -3), two.subarray(0, -2), two.subarray(0, whole.length + 2)])
    await t.throwsAsync(unpacked(packed), {
      code: "malformed_input",
      message: /a\.zst": its zstd data is cut off/,
    });
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
  await t.throwsAsync(unpacked(damaged), { code: "malformed_input", message: /zstd data is corrupt/ });
  const followed = Buffer.concat([whole, Buffer.from("more text")]);
  await t.throwsAsync(unpacked(followed), {
    code: "malformed_input",
    message: /continues with bytes that are not zstd/,
  });
});

test("zstd.unpack() passes on errors of the input", async (t) => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield frame("abc").subarray(0, 6);
    throw new RangeError("the disk is gone");
  }
  const reading = (async () => {
    for await (const _ of zstd.unpack(failing(), { file: "/in/a.zst" }));
  })();
  await t.throwsAsync(reading, { instanceOf: RangeError });
});
