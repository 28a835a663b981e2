import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { collect } from "@millrace/backend-suite";
import { type ObjectStore, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openLocalWorkerBackend } from "../../src/mod.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

async function setUp(t: ExecutionContext): Promise<{ objects: ObjectStore; data: string }> {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const { objects } = await openLocalWorkerBackend({ home: join(home, "home"), logger: silentLogger });
  const data = join(home, "data");
  mkdirSync(data);
  return { objects, data };
}

test("stat() and list() accept percent-encoded file:// URIs, and return absolute paths", async (t) => {
  const { objects, data } = await setUp(t);
  const file = join(data, "50% é #1?.csv");
  writeFileSync(file, "x");
  const uri = pathToFileURL(file).href;
  t.true(uri.includes("%25"));
  t.is((await objects.stat(uri)).uri, file);
  t.is(objects.display(uri), file);
  t.deepEqual(
    (await collect(objects.list(pathToFileURL(`${data}/50%`).href))).map((object) => object.uri),
    [file],
  );
  t.is(Buffer.from(await objects.read(uri)).toString(), "x");
});

test("a path is returned in its normal form, whatever slashes and dots it has", async (t) => {
  const { objects } = await setUp(t);
  let paths = [""];
  for (let length = 1; length <= 6; length++) {
    paths = paths.flatMap((path) => ["/", ".", "a", "é"].map((character) => path + character));
    for (const path of paths.filter((path) => path.startsWith("/")))
      if (objects.display(path) !== posix.normalize(path)) t.fail(`${path} became ${objects.display(path)}`);
  }
  t.throws(() => objects.display("/a\0b"), { message: /NUL/ });
});

test("every method throws unsupported_uri for s3://, unknown schemes and relative paths", async (t) => {
  const { objects } = await setUp(t);
  const cases: [string, RegExp][] = [
    ["s3://bucket/key", /s3:\/\/bucket\/key.*needs the aws backend/],
    ["gs://bucket/key", /gs:\/\/ is not supported/],
    ["images/cat.png", /relative path/],
    ["file://host/x", /not a local file/],
    ["file:///%zz", /not a local file/],
  ];
  for (const [uri, message] of cases) {
    t.like(await t.throwsAsync(objects.stat(uri), { message }), { code: "unsupported_uri" });
    await t.throwsAsync(collect(objects.list(uri)), { message });
    await t.throwsAsync(objects.read(uri), { message });
  }
});

test("read() throws input_changed when the file was replaced by one of the same size and time", async (t) => {
  const { objects, data } = await setUp(t);
  const file = join(data, "x");
  writeFileSync(file, "one");
  const { version } = await objects.stat(file);
  writeFileSync(`${file}.new`, "two");
  renameSync(`${file}.new`, file);
  t.like(await t.throwsAsync(objects.read(file, { version })), { code: "input_changed" });
});

test("stat() and read() refuse directories", async (t) => {
  const { objects, data } = await setUp(t);
  t.like(await t.throwsAsync(objects.stat(data), { message: /is a directory/ }), {
    code: "object_unreadable",
  });
  t.like(await t.throwsAsync(objects.read(data)), { code: "object_unreadable" });
});

test("stat() and read() refuse pipes and devices, which may block or never end", async (t) => {
  const { objects, data } = await setUp(t);
  execFileSync("mkfifo", [join(data, "pipe.json")]);
  symlinkSync(join(data, "pipe.json"), join(data, "link.json"));
  symlinkSync("/dev/zero", join(data, "zero.json"));
  for (const path of [
    join(data, "pipe.json"),
    join(data, "link.json"),
    join(data, "zero.json"),
    "/dev/zero",
  ]) {
    t.like(await t.throwsAsync(objects.stat(path), { message: /a device, a pipe or a socket/ }), {
      code: "object_unreadable",
    });
  }
  t.like(await t.throwsAsync(objects.read("/dev/zero")), { code: "object_unreadable" });
});

test("a dataset may be any file that the service's user can read, through any path", async (t) => {
  const { objects, data } = await setUp(t);
  writeFileSync(join(data, "a.json"), "1");
  symlinkSync(join(data, "a.json"), join(data, "link.json"));
  const uris = [
    join(data, "link.json"),
    `${data}/x/../a.json`,
    `file://localhost${data}/a.json`,
    `FILE://${data}/%61.json`,
  ];
  for (const uri of uris) t.is(Buffer.from(await objects.read(uri)).toString(), "1", uri);
  // "file:" has no other host, an encoded slash is no separator, and a NUL ends no path.
  for (const uri of [
    `file://evil.example${data}/a.json`,
    `file://${data}%2Fa.json`,
    `file://${data}/a.json%00`,
    `${data}/a.json\0`,
  ])
    t.like(await t.throwsAsync(objects.read(uri)), { code: "unsupported_uri" }, uri);
  // /proc shows the service's environment, without its tokens; its files have no length, so they are no datasets.
  t.is((await objects.stat("/proc/self/environ")).sizeBytes, 0);
});

test("writer() and removeAll() never leave the platform's own objects", async (t) => {
  const { objects, data } = await setUp(t);
  const inside = objects.jobUri("JOB", "a");
  for (const uri of [`${inside}/../../job.db`, `${inside}/../../../../token`, join(data, "x")]) {
    t.like(await t.throwsAsync(objects.writer(uri)), { code: "unsupported_uri" });
    t.like(await t.throwsAsync(objects.removeAll(uri)), { code: "unsupported_uri" });
  }
  t.throws(() => objects.jobUri("../x", "a"), { instanceOf: TypeError });
  t.throws(() => objects.jobUri("JOB", "../job.db"), { instanceOf: TypeError });
});
