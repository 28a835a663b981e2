import fc from "fast-check";

/** Bytes and numbers that are significant to parsers. */
const ODD_BYTES = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xf4, 0xff];
const ODD_TEXTS = ["\ufeff", "\r\n", "\u2028", "😀", "\0", "-", "1e999", '""', "{", "]"];
const MAX_EDITS = 4;

type Edit = (bytes: Buffer) => Buffer;

/** One of the seeds with up to four edits: bits flipped, bytes replaced, removed, duplicated, inserted or truncated. */
export function brokenBytes(
  seeds: readonly Uint8Array[],
  { words = [] }: { readonly words?: readonly string[] } = {},
): fc.Arbitrary<Buffer> {
  const inserted = fc.oneof(
    fc.constantFrom(...ODD_TEXTS, ...words).map((text) => Buffer.from(text)),
    // A surrogate in UTF-8, a truncated character, an overlong encoding.
    fc.constantFrom([0xed, 0xa0, 0x80], [0xe2, 0x82], [0xc0, 0x80]).map((bytes) => Buffer.from(bytes)),
  );
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([at, bit]) => set(at, (byte) => byte ^ (1 << bit))),
    fc.tuple(place, fc.constantFrom(...ODD_BYTES)).map(([at, byte]) => set(at, () => byte)),
    fc.tuple(place, fc.nat(255)).map(([at, byte]) => set(at, () => byte)),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([at, count]) => remove(at, count)),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([at, count]) => double(at, count)),
    fc.tuple(place, inserted).map(([at, more]) => insert(at, more)),
    place.map((at) => (bytes: Buffer) => bytes.subarray(0, indexOf(bytes, at))),
  );
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: MAX_EDITS }))
    .map(([seed, edits]) => edits.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(seed)));
}

function indexOf(bytes: Buffer, at: number): number {
  return Math.min(bytes.length, Math.floor(at * (bytes.length + 1)));
}

function set(at: number, change: (byte: number) => number): Edit {
  return (bytes) => {
    const changed = Buffer.from(bytes);
    const index = indexOf(bytes, at);
    if (index < changed.length) changed[index] = change(changed[index] as number);
    return changed;
  };
}

function remove(at: number, count: number): Edit {
  return (bytes) => {
    const index = indexOf(bytes, at);
    return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + count)]);
  };
}

function double(at: number, count: number): Edit {
  return (bytes) => {
    const index = indexOf(bytes, at);
    return Buffer.concat([bytes.subarray(0, index + count), bytes.subarray(index)]);
  };
}

function insert(at: number, more: Buffer): Edit {
  return (bytes) => {
    const index = indexOf(bytes, at);
    return Buffer.concat([bytes.subarray(0, index), more, bytes.subarray(index)]);
  };
}
