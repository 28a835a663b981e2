import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MillraceError } from "@millrace/core";
import { type RawEntry, rawTar } from "@millrace/fuzz";
import test from "ava";
import { unpackArchive } from "../../src/prepare/unpack-archive.ts";
import { temporaryDirectory, writeArchive } from "./archives.ts";

test("unpackArchive() writes files, directories and the executable bit, and nothing else of the mode", async (t) => {
  const dir = temporaryDirectory(t);
  const archive = writeArchive(dir, [
    { path: "./", type: "5", mode: 0o777 },
    { path: "./a.py", content: "a", mode: 0o4666 },
    { path: "bin/run.sh", content: "#!", mode: 0o755 },
    { path: "empty/", type: "5" },
    { path: "big.bin", content: Buffer.alloc(300_000, 7) },
  ]);
  await unpackArchive(archive, join(dir, "out"));
  t.is(readFileSync(join(dir, "out", "a.py"), "utf8"), "a");
  t.is(statSync(join(dir, "out", "a.py")).mode & 0o7111, 0);
  t.is(statSync(join(dir, "out", "bin", "run.sh")).mode & 0o100, 0o100);
  t.true(statSync(join(dir, "out", "empty")).isDirectory());
  t.true(readFileSync(join(dir, "out", "big.bin")).equals(Buffer.alloc(300_000, 7)));
  t.deepEqual(readdirSync(dir).sort(), ["out", "project.tar.gz"]);
});

/** What tells the next entry's name where the header has no room for it (GNU). */
function longName(path: string): RawEntry {
  return { path: "././@LongLink", type: "L", content: `${path}\0` };
}

/** A record of the next entry's extended header (POSIX): its length, in decimal, counts itself. */
function pax(key: string, value: string): RawEntry {
  const rest = ` ${key}=${value}\n`;
  return { path: "PaxHeader", type: "x", content: `${rest.length + String(rest.length + 2).length}${rest}` };
}

const EVIL: readonly {
  readonly title: string;
  readonly entries: readonly RawEntry[];
  readonly message: RegExp;
}[] = [
  {
    title: "..",
    entries: [{ path: "a/../../evil", content: "x" }],
    message: /"a\/\.\.\/\.\.\/evil".*"\.\."/,
  },
  { title: "an absolute path", entries: [{ path: "/tmp/millrace-evil", content: "x" }], message: /absolute/ },
  { title: "a drive", entries: [{ path: "C:evil", content: "x" }], message: /absolute/ },
  { title: "a backslash", entries: [{ path: "a\\..\\b", content: "x" }], message: /backslash/ },
  { title: "a control character", entries: [{ path: "a\nb", content: "x" }], message: /control/ },
  { title: "a symbolic link", entries: [{ path: "l", type: "2", link: "/etc" }], message: /"l".*link/ },
  { title: "a hard link", entries: [{ path: "l", type: "1", link: "/etc/passwd" }], message: /"l".*link/ },
  { title: "a device", entries: [{ path: "d", type: "3" }], message: /CharacterDevice/ },
  { title: "a pipe", entries: [{ path: "p", type: "6" }], message: /FIFO/ },
  { title: "an unknown kind", entries: [{ path: "s", type: "S", content: "x" }], message: /kind/ },
  {
    title: "a file twice",
    entries: [
      { path: "a", content: "1" },
      { path: "./a", content: "2" },
    ],
    message: /more than once/,
  },
  {
    title: "a file that is a directory too",
    entries: [
      { path: "a", content: "1" },
      { path: "a/b", content: "2" },
    ],
    message: /more than once/,
  },
  {
    title: "names that differ in case alone",
    entries: [
      { path: "Lib/a.py", content: "1" },
      { path: "lib/b.py", content: "2" },
    ],
    message: /same as "Lib" if case/,
  },
  {
    title: "a name in two normal forms",
    entries: [
      { path: "caf\u00e9", content: "1" },
      { path: "cafe\u0301", content: "2" },
    ],
    message: /same as/,
  },
  {
    title: "a name that is too long",
    entries: [longName(`${"n".repeat(256)}.py`), { path: "x", content: "x" }],
    message: /over 255 bytes/,
  },
  {
    title: "a path that is too long",
    entries: [longName(`${"d/".repeat(600)}f`), { path: "x", content: "x" }],
    message: /over 1024 bytes/,
  },
  {
    title: ".. in an extended header",
    entries: [pax("path", "../evil"), { path: "x", content: "x" }],
    message: /"\.\.\/evil".*"\.\."/,
  },
  {
    title: "a NUL in a name, which ends it for those who write it",
    entries: [pax("path", "lib/evil\0/../../../out.py"), { path: "x", content: "x" }],
    message: /control characters/,
  },
  { title: "an empty name", entries: [{ path: "./", content: "x" }], message: /./ },
];

for (const { title, entries, message } of EVIL) {
  test(`unpackArchive() refuses ${title}, names it and leaves nothing`, async (t) => {
    const dir = temporaryDirectory(t);
    const archive = writeArchive(dir, [{ path: "good.py", content: "ok" }, ...entries]);
    const error = await t.throwsAsync(unpackArchive(archive, join(dir, "out")), {
      instanceOf: MillraceError,
    });
    t.is(error.code, "invalid_archive");
    t.regex(error.message, message);
    t.deepEqual(readdirSync(dir), ["project.tar.gz"]);
  });
}

test("unpackArchive() refuses bytes that are not an archive, a truncated one and one compressed twice", async (t) => {
  const dir = temporaryDirectory(t);
  const whole = rawTar([{ path: "a", content: "x".repeat(5_000) }]);
  const kinds = {
    text: Buffer.from("hello"),
    empty: Buffer.alloc(0),
    "tar without gzip": whole,
    "gzip of text": gzipSync("hello"),
    "cut gzip": gzipSync(whole).subarray(0, 60),
    "cut tar": gzipSync(whole.subarray(0, 2_000)),
    "damaged header": gzipSync(Buffer.concat([Buffer.alloc(512, 65), whole])),
    "gzip in gzip": gzipSync(gzipSync(whole)),
  };
  for (const [kind, bytes] of Object.entries(kinds)) {
    const path = join(dir, "bad.tar.gz");
    writeFileSync(path, bytes);
    const error = await t.throwsAsync(
      unpackArchive(path, join(dir, "out")),
      { instanceOf: MillraceError },
      kind,
    );
    t.is(error?.code, "invalid_archive", kind);
    t.false(existsSync(join(dir, "out")), kind);
  }
});

test("unpackArchive() stops a decompression bomb by its unpacked size", async (t) => {
  const dir = temporaryDirectory(t);
  const archive = writeArchive(dir, [{ path: "zeros", content: Buffer.alloc(20_000_000) }]);
  t.true(statSync(archive).size < 100_000);
  const limits = { limitBytes: 1_000_000, limitFiles: 10 };
  const error = await t.throwsAsync(unpackArchive(archive, join(dir, "out"), limits), {
    instanceOf: MillraceError,
  });
  t.is(error.code, "invalid_archive");
  t.regex(error.message, /over 1000000 bytes.*\.millraceignore/);
  t.deepEqual(readdirSync(dir), ["project.tar.gz"]);
});

test("unpackArchive() counts the stream, not only the stated sizes", async (t) => {
  const dir = temporaryDirectory(t);
  // Long runs of padding after the end of the archive belong to no entry.
  const path = join(dir, "padded.tar.gz");
  writeFileSync(
    path,
    gzipSync(Buffer.concat([rawTar([{ path: "a", content: "x" }]), Buffer.alloc(5_000_000)])),
  );
  const limits = { limitBytes: 1_000, limitFiles: 2 };
  const error = await t.throwsAsync(unpackArchive(path, join(dir, "out"), limits), {
    instanceOf: MillraceError,
  });
  t.is(error.code, "invalid_archive");
});

test("unpackArchive() limits the number of entries", async (t) => {
  const dir = temporaryDirectory(t);
  const archive = writeArchive(
    dir,
    Array.from({ length: 12 }, (_, index) => ({ path: `f${index}`, content: "x" })),
  );
  const limits = { limitFiles: 11 };
  await t.throwsAsync(unpackArchive(archive, join(dir, "out"), limits), {
    message: /over 11 files and directories/,
  });
  await unpackArchive(archive, join(dir, "out"), { limitFiles: 12 });
  t.is(readdirSync(join(dir, "out")).length, 12);
});

test("unpackArchive() replaces an existing directory, and what a killed unpacking left beside it", async (t) => {
  const dir = temporaryDirectory(t);
  await unpackArchive(
    writeArchive(dir, [{ path: "old", content: "x" }], "1.tar.gz"),
    join(dir, "v", "project"),
  );
  writeFileSync(join(dir, "v", "unpacking-dead"), "half");
  await unpackArchive(
    writeArchive(dir, [{ path: "new", content: "x" }], "2.tar.gz"),
    join(dir, "v", "project"),
  );
  t.deepEqual(readdirSync(join(dir, "v")), ["project"]);
  t.deepEqual(readdirSync(join(dir, "v", "project")), ["new"]);
});
