import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { MillraceError } from "@millrace/core";
import { rawTar } from "@millrace/fuzz";
import test from "ava";
import { readArchive } from "../src/mod.ts";
import {
  contentsOf,
  longName,
  pax,
  paxRecord,
  temporaryDirectory,
  textOf,
  writeArchive,
  writeBytes,
} from "./archives.ts";

const PROJECT = { path: "a.py", content: "print()" };

test("readArchive() reads files and directories with their paths, sizes and executable bits", async (t) => {
  const big = "b".repeat(300_000);
  const path = writeArchive(t, [
    { path: "./", type: "5", mode: 0o777 },
    { path: "./a.py", content: "a", mode: 0o644 },
    { path: "bin/run.sh", content: "#!", mode: 0o755 },
    { path: "empty/", type: "5" },
    { path: "old/", type: "0" },
    { path: "seven", type: "7", content: "c" },
    { path: "big.bin", content: big },
  ]);
  const found: unknown[] = [];
  for await (const entry of readArchive(path)) {
    const text = await textOf(entry);
    if (entry.kind === "directory") found.push(`${entry.path}/`);
    else found.push([entry.path, entry.executable, entry.sizeBytes, text === big ? "big" : text]);
  }
  t.deepEqual(found, [
    "/",
    ["a.py", false, 1, "a"],
    ["bin/run.sh", true, 2, "#!"],
    "empty/",
    "old/",
    ["seven", false, 1, "c"],
    ["big.bin", false, 300_000, "big"],
  ]);
});

test("readArchive() takes names from both kinds of extended headers, the last one counts", async (t) => {
  const long = `${"d/".repeat(60)}long.py`;
  const records = paxRecord("mtime", "1.5") + paxRecord("path", "lib/é.py") + paxRecord("size", "3");
  const path = writeArchive(t, [
    pax("comment", "0123456789abcdef0123456789abcdef01234567", "g"),
    { path: "PaxHeader", type: "x", content: records },
    // The size of the header is not what counts.
    { path: "short", content: "abc", statedSize: 0 },
    longName(long),
    { path: "cut", content: "x" },
    pax("comment", "two\nlines=of\n23 path=../evil\n"),
    { path: "plain", content: "y" },
  ]);
  t.deepEqual(await contentsOf(path), { "lib/é.py": "abc", [long]: "x", plain: "y" });
});

test("readArchive() reads what GNU tar and Python write", async (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, "p", "deep", "er".repeat(100)), { recursive: true });
  writeFileSync(join(dir, "p", "a.py"), "a");
  writeFileSync(join(dir, "p", "deep", "er".repeat(100), "ü.txt"), "b");
  const expected = { "a.py": "a", [`deep/${"er".repeat(100)}/ü.txt`]: "b" };
  const python =
    'import sys, tarfile; tarfile.open("x.tgz", "w:gz", format=int(sys.argv[1])).add("p", arcname=".")';
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ...["gnu", "pax"].map(
      (format) => ["tar", [`--format=${format}`, "-czf", "x.tgz", "-C", "p", "."]] as const,
    ),
    ["tar", ["-b", "128", "-czf", "x.tgz", "-C", "p", "."]],
    ...["1", "2"].map((format) => ["python3", ["-c", python, format]] as const),
  ];
  for (const [command, args] of commands) {
    execFileSync(command, args, { cwd: dir });
    const contents = Object.entries(await contentsOf(join(dir, "x.tgz")));
    t.deepEqual(
      Object.fromEntries(contents.filter(([path]) => !path.endsWith("/"))),
      expected,
      [command, ...args].join(" "),
    );
  }
});

test("readArchive() continues when an entry's content is not read, and ends with the iteration", async (t) => {
  const path = writeArchive(t, [
    { path: "a", content: "a".repeat(200_000) },
    { path: "b", content: "b" },
  ]);
  const paths: string[] = [];
  for await (const entry of readArchive(path)) {
    paths.push(entry.path);
    if (entry.kind === "file") for await (const _ of entry.content) break;
  }
  t.deepEqual(paths, ["a", "b"]);
  for await (const entry of readArchive(path)) {
    t.is(entry.path, "a");
    break;
  }
});

test("readArchive() throws the signal's reason, and reads no further, when it is aborted", async (t) => {
  // What is behind the first 10 MB cannot be read: whoever goes on meets it.
  const path = writeBytes(t, damagedAfter(rawTar([{ path: "big", content: Buffer.alloc(200_000_000) }])));
  const left = new AbortController();
  const reason = new MillraceError("unavailable", "the client went away");
  let bytes = 0;
  const read = async () => {
    for await (const entry of readArchive(path, { signal: left.signal })) {
      if (entry.kind === "directory") continue;
      for await (const piece of entry.content) {
        bytes += piece.length;
        if (bytes > 1_000_000) left.abort(reason);
      }
    }
  };
  t.is(await t.throwsAsync(read()), reason);
  t.true(bytes < 5_000_000, String(bytes));
  t.is(await t.throwsAsync(contentsOf(path, { signal: left.signal })), reason);
});

/** A gzip whose last nine tenths are no gzip: what an archive is refused for must be found before. */
function damagedAfter(tar: Buffer): Buffer {
  const packed = gzipSync(tar);
  return Buffer.concat([packed.subarray(0, packed.length / 10), Buffer.alloc(packed.length, 0xff)]);
}

const LIMITS = { limitBytes: 1_000_000, limitFiles: 100 };
const ZEROS = Buffer.alloc(50_000_000);
const MANY = Array.from({ length: 20_000 }, (_, index) => index);

/** What would be unpacked to far more than the limits if nobody looked; found before a tenth of it is unpacked. */
const BOMBS: Readonly<Record<string, { readonly tar: () => Buffer; readonly message: RegExp }>> = {
  "a file that is too large": {
    tar: () => rawTar([{ path: "zeros", content: ZEROS }]),
    message: /over 1000000 bytes.*\.millraceignore/,
  },
  "files that are too large together": {
    tar: () => rawTar(MANY.slice(0, 500).map((n) => ({ path: `f${n}`, content: Buffer.alloc(100_000) }))),
    message: /over 1000000 bytes.*\.millraceignore/,
  },
  "a size that only the extended header has": {
    tar: () => rawTar([pax("size", "99999999999"), { path: "zeros", content: ZEROS, statedSize: 0 }]),
    message: /over 1000000 bytes/,
  },
  "too many files": {
    tar: () => rawTar(MANY.map((n) => ({ path: `f${n}` }))),
    message: /over 100 files and directories.*\.millraceignore/,
  },
  "too many directories": {
    tar: () => rawTar(MANY.map((n) => ({ path: `d${n}/`, type: "5" }))),
    message: /over 100 files and directories/,
  },
  "one directory again and again": {
    tar: () => rawTar(MANY.map(() => ({ path: "./", type: "5" }))),
    message: /over 100 files and directories/,
  },
  "directories that are only parts of paths": {
    tar: () =>
      rawTar(MANY.slice(0, 1_000).flatMap((n) => [longName(`${n}/${"d/".repeat(80)}f`), { path: "x" }])),
    message: /over 100 files and directories/,
  },
  "a path that is too deep": {
    tar: () => rawTar([longName(`${"d/".repeat(300)}f`), { path: "x", content: ZEROS }]),
    message: /in over 100 directories/,
  },
  "an extended header that is too large": {
    tar: () => rawTar([{ path: "PaxHeader", type: "x", content: ZEROS }, PROJECT]),
    message: /extended headers are over/,
  },
  "a global header that is too large": {
    tar: () => rawTar([{ path: "PaxHeader", type: "g", content: ZEROS }, PROJECT]),
    message: /extended headers are over/,
  },
  "a name that is too large": {
    tar: () => rawTar([{ path: "././@LongLink", type: "L", content: ZEROS }, PROJECT]),
    message: /extended headers are over/,
  },
  "extended headers of nothing": {
    tar: () => rawTar(MANY.map(() => pax("comment", "x".repeat(1_000)))),
    message: /extended headers are over/,
  },
  "extended headers that are empty": {
    tar: () => rawTar([...MANY, ...MANY, ...MANY].map(() => ({ path: "PaxHeader", type: "x" }))),
    message: /extended headers are over/,
  },
  "zeros after its end": {
    tar: () => Buffer.concat([rawTar([PROJECT]), ZEROS]),
    message: /after its end/,
  },
  "another archive after its end": {
    tar: () => Buffer.concat([rawTar([PROJECT]), rawTar([{ path: "zeros", content: ZEROS }])]),
    message: /bytes follow its end/,
  },
  "another archive after one block of zeros": {
    tar: () =>
      Buffer.concat([rawTar([PROJECT]).subarray(0, -512), rawTar([{ path: "zeros", content: ZEROS }])]),
    message: /bytes follow its end/,
  },
  "a gzip in it": {
    tar: () => gzipSync(randomBytes(1_000_000)),
    message: /gzip data inside compressed data/,
  },
  "zstd in it": {
    tar: () => zstdCompressSync(randomBytes(1_000_000)),
    message: /zstd data inside compressed data/,
  },
  "a sparse file of GNU's": {
    tar: () => rawTar([{ path: "s", type: "S", content: ZEROS }]),
    message: /"s".*kind is SparseFile/,
  },
  "a sparse file of POSIX's": {
    tar: () => rawTar([pax("GNU.sparse.realsize", "99999999999"), { path: "s", content: ZEROS }]),
    message: /"s".*sparse/,
  },
};

for (const [what, { tar, message }] of Object.entries(BOMBS)) {
  test(`readArchive() refuses ${what}, before it is unpacked`, async (t) => {
    const path = writeBytes(t, damagedAfter(tar()));
    const error = await t.throwsAsync(contentsOf(path, LIMITS), { instanceOf: MillraceError });
    t.is(error.code, "invalid_archive");
    t.regex(error.message, message);
  });
}

test("readArchive() accepts files, bytes and padding up to its limits", async (t) => {
  const files = Array.from({ length: 10 }, (_, n) => ({ path: `f${n}`, content: "x".repeat(100) }));
  const path = writeBytes(t, gzipSync(Buffer.concat([rawTar(files), Buffer.alloc(1_000_000)])));
  t.is(Object.keys(await contentsOf(path, { limitBytes: 1_000, limitFiles: 10 })).length, 10);
  await t.throwsAsync(contentsOf(path, { limitBytes: 999, limitFiles: 10 }), { message: /over 999 bytes/ });
  await t.throwsAsync(contentsOf(path, { limitBytes: 1_000, limitFiles: 9 }), { message: /over 9 files/ });
});

const WHOLE = rawTar([{ path: "a", content: "x".repeat(5_000) }]);
const NO_ARCHIVES: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
  "an empty file": [Buffer.alloc(0), /it is empty/],
  text: [Buffer.from("hello"), /not compressed with gzip/],
  "a tar without gzip": [WHOLE, /it is a tar archive/],
  "a zip": [Buffer.concat([Buffer.from("PK\x03\x04"), deflateRawSync("x")]), /it is a zip archive/],
  "a gzip of nothing": [gzipSync(""), /it does not hold a tar/],
  "a gzip of text": [gzipSync("hello"), /it does not hold a tar/],
  "a gzip of a zip": [
    gzipSync(Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(600)])),
    /a zip archive, not a tar/,
  ],
  "a gzip that is cut": [gzipSync(WHOLE).subarray(0, 60), /gzip is damaged \(unexpected end/],
  "a gzip with garbage behind it": [
    Buffer.concat([gzipSync(WHOLE), Buffer.from("garbage")]),
    /gzip is damaged|bytes follow/,
  ],
  "a gzip with zeros behind it": [
    Buffer.concat([gzipSync(WHOLE), Buffer.alloc(99)]),
    /bytes follow the end of its gzip/,
  ],
  "two archives in two gzips": [Buffer.concat([gzipSync(WHOLE), gzipSync(WHOLE)]), /bytes follow its end/],
  "a tar that is cut in a file": [gzipSync(WHOLE.subarray(0, 2_000)), /ends in the middle of an entry/],
  "a tar that is cut in a header": [
    gzipSync(WHOLE.subarray(0, -1_224)),
    /ends in the middle|header in it is damaged/,
  ],
  "a damaged header": [
    gzipSync(Buffer.concat([rawTar([PROJECT]).subarray(0, 1_024), Buffer.alloc(512, 65)])),
    /header in it is damaged/,
  ],
  "a damaged extended header": [
    gzipSync(rawTar([{ path: "x", type: "x", content: "99 path=a\n" }, PROJECT])),
    /damaged extended header/,
  ],
  "an extended header without a length": [
    gzipSync(rawTar([{ path: "x", type: "x", content: "path=a\n" }, PROJECT])),
    /damaged extended header/,
  ],
  "one name for all entries": [
    gzipSync(rawTar([pax("path", "b", "g"), PROJECT])),
    /gives all its entries one name/,
  ],
  "one size for all entries": [
    gzipSync(rawTar([pax("size", "1", "g"), PROJECT])),
    /gives all its entries one name or size/,
  ],
  "a size below zero": [gzipSync(rawTar([pax("size", "-1"), PROJECT])), /"a\.py".*size is not a number/],
};

for (const [what, [bytes, message]] of Object.entries(NO_ARCHIVES)) {
  test(`readArchive() refuses ${what}, and says what it is`, async (t) => {
    const error = await t.throwsAsync(contentsOf(writeBytes(t, bytes)), { instanceOf: MillraceError });
    t.is(error.code, "invalid_archive");
    t.regex(error.message, message);
    t.regex(error.message, /expected /);
  });
}
