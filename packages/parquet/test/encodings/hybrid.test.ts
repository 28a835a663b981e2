import test from "ava";
import fc from "fast-check";
import { decodeBitPacked, decodeHybrid, unpackBits } from "../../src/encodings/hybrid.ts";

/** Packs numbers of a width, from the least significant bit on. */
function pack(values: readonly number[], width: number): Buffer {
  let bits = 0n;
  for (const [i, value] of values.entries()) bits |= BigInt(value) << BigInt(i * width);
  const bytes = Buffer.alloc(Math.ceil((values.length * width) / 8));
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number((bits >> BigInt(8 * i)) & 0xffn);
  return bytes;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

const widths = fc.integer({ min: 1, max: 32 });
const valuesOf = (width: number, options: fc.ArrayConstraints) =>
  fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), options);

test("unpackBits() returns the packed numbers, for each width", (t) => {
  fc.assert(
    fc.property(
      widths.chain((width) => fc.tuple(fc.constant(width), valuesOf(width, { maxLength: 50 }))),
      ([width, values]) => {
        const output = new Int32Array(values.length);
        unpackBits(pack(values, width), width, output);
        return output.every((value, i) => value >>> 0 === values[i]);
      },
    ),
  );
  t.pass();
});

test("decodeHybrid() returns the values of both kinds of runs, and where the next bytes start", (t) => {
  const run = (width: number) =>
    fc.oneof(
      fc.tuple(fc.integer({ min: 0, max: 2 ** width - 1 }), fc.nat(300)).map(([value, count]) => {
        const bytes = Buffer.alloc((width + 7) >> 3);
        bytes.writeUIntLE(value, 0, bytes.length);
        return { values: new Array<number>(count).fill(value), bytes: [...varint(count * 2), ...bytes] };
      }),
      fc.integer({ min: 1, max: 5 }).chain((groups) =>
        valuesOf(width, { minLength: groups * 8, maxLength: groups * 8 }).map((values) => ({
          values,
          bytes: [...varint(groups * 2 + 1), ...pack(values, width)],
        })),
      ),
    );
  const input = widths.chain((width) =>
    fc.tuple(fc.constant(width), fc.array(run(width), { minLength: 1, maxLength: 6 })),
  );
  fc.assert(
    fc.property(input, fc.double({ min: 0, max: 1, noNaN: true }), ([width, runs], share) => {
      const values = runs.flatMap((each) => each.values);
      const bytes = Buffer.from(runs.flatMap((each) => each.bytes));
      // What the last run holds beyond the output is passed over.
      const output = new Int32Array(Math.floor(values.length * share));
      const end = decodeHybrid(bytes, width, output);
      return end <= bytes.length && output.every((value, i) => value >>> 0 === values[i]);
    }),
  );
  t.pass();
});

test("decodeHybrid() refuses bytes that end before the values do, and invalid widths", (t) => {
  const output = new Int32Array(9);
  for (const bytes of [
    [],
    [0x10],
    [0x03, 0xff],
    [0x80],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  ]) {
    t.throws(() => decodeHybrid(Buffer.from(bytes), 3, output), { name: "ParquetError" });
  }
  t.throws(() => decodeHybrid(Buffer.from([0x02, 1]), 33, output), { message: /33 bits/ });
});

test("decodeBitPacked() unpacks from the most significant bit on", (t) => {
  const output = new Uint8Array(8);
  // The example of the format's own description: 0 to 7 in 3 bits each.
  t.is(decodeBitPacked(Buffer.from([0b00000101, 0b00111001, 0b01110111]), 3, output), 3);
  t.deepEqual([...output], [0, 1, 2, 3, 4, 5, 6, 7]);
  t.throws(() => decodeBitPacked(Buffer.from([0]), 3, output), { message: /cut off/ });
});
