import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { brokenBytes } from "./broken-bytes.ts";
import { type RawEntry, rawTar } from "./raw-tar.ts";

const PATHS = [
  "a.py",
  "./b/c.py",
  "b",
  "B/d",
  "b/./e//f",
  "millrace.yaml",
  "é漢",
  ".",
  "",
  "/",
  "a".repeat(100),
];
const EVIL_PATHS = [
  "../evil",
  "a/../../evil",
  "/tmp/evil",
  "..",
  "C:evil",
  "a\\..\\evil",
  "a\nb",
  "\u00a0",
  "cafe\u0301",
];
/** Types of ustar, pax and GNU tar, and some that do not exist. */
const TYPES = [..."01234567SxgLKDMNVXAZ", "\0"];
const SIZES = [0, 1, 511, 512, 513, 100_000, 8 ** 11 - 1];

const paxField = fc
  .tuple(
    fc.constantFrom(
      "path",
      "linkpath",
      "size",
      "mtime",
      "GNU.sparse.major",
      "GNU.sparse.name",
      "SCHILY.xattr.a",
      "uid",
    ),
    fc.constantFrom("../evil", "/tmp/evil", "a", "-1", "1e9", "99999999999999999999", "", "x".repeat(2_000)),
  )
  .map(([name, value]) => {
    const rest = ` ${name}=${value}\n`;
    const length = Buffer.byteLength(rest);
    // The length includes its own digits.
    return `${length + String(length + String(length).length).length}${rest}`;
  });

const content = fc.oneof(
  fc.constantFrom("", "x", "name: a\npredictor: {type: python, path: a.py}\n", "y".repeat(700), "../evil\0"),
  fc.array(paxField, { minLength: 1, maxLength: 3 }).map((fields) => fields.join("")),
);

const plainEntry: fc.Arbitrary<RawEntry> = fc.record({
  path: fc.constantFrom(...PATHS),
  content,
  type: fc.constantFrom("0", "0", "5"),
  mode: fc.constantFrom(0o644, 0o755, 0o4777, 0),
});
const evilEntry: fc.Arbitrary<RawEntry> = fc
  .record({
    path: fc.constantFrom(...PATHS, ...EVIL_PATHS),
    content,
    type: fc.constantFrom(...TYPES),
    link: fc.constantFrom("", "/etc/passwd", "../evil", "a.py"),
    statedSize: fc.option(fc.constantFrom(...SIZES), { freq: 3, nil: undefined }),
  })
  .map(({ statedSize, ...entry }) => (statedSize === undefined ? entry : { ...entry, statedSize }));

/**
 * `.tar.gz` files, some of them valid, with wrong headers, paths that lead outside, unusual types, and broken bytes.
 */
export const brokenTarGz: fc.Arbitrary<Buffer> = fc
  .array(fc.oneof({ weight: 3, arbitrary: plainEntry }, { weight: 1, arbitrary: evilEntry }), {
    maxLength: 5,
  })
  .map(rawTar)
  .chain((tar) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(tar) }, { weight: 1, arbitrary: brokenBytes([tar]) }),
  )
  .map((tar) => gzipSync(tar, { level: 1 }))
  .chain((bytes) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(bytes) }, { weight: 1, arbitrary: brokenBytes([bytes]) }),
  );
