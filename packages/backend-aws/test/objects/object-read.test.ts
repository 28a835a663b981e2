import { type ServerProcess, startMoto } from "@millrace/aws-emulator";
import { collect } from "@millrace/backend-suite";
import test from "ava";
import { STREAM_BYTES } from "../../src/objects/object-read.ts";
import { answerXml, cuttingProxy, serve } from "./fixtures/http.ts";
import { CACHE_DIRECTORY, openBucket, openStore, textOf } from "./fixtures/s3.ts";

let moto: ServerProcess;

test.before(async () => {
  moto = await startMoto({ cacheDirectory: CACHE_DIRECTORY });
});
test.after.always(async () => await moto?.stop());

const MIB = 1024 * 1024;

/** Bytes that differ at every offset within 250 KB. */
function pattern(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) content.writeUInt32LE(at, at);
  return content;
}

test("read() returns a range, an empty one without a request, and less at the end of the object", async (t) => {
  const { objects, put, count } = await openBucket(t, moto.url);
  const uri = await put("x", "0123456789");
  const { version } = await objects.stat(uri);
  t.is(textOf([await objects.read(uri, { start: 2, end: 5 })]), "234");
  t.is(textOf([await objects.read(uri, { start: 8, end: 99, version })]), "89");
  t.is(textOf([await objects.read(uri)]), "0123456789");
  const before = count("GetObject");
  t.is((await objects.read(uri, { start: 4, end: 4 })).length, 0);
  t.deepEqual(await collect(objects.stream(uri, { start: 4, end: 4 })), []);
  t.is(count("GetObject"), before);
  t.is((await objects.read(uri, { start: 10, end: 12 })).length, 0);
  t.is((await objects.read(uri, { start: 10, end: 12, version })).length, 0);
  t.deepEqual(await collect(objects.stream(uri, { start: 50, version })), []);
  await t.throwsAsync(objects.read(uri, { start: 5, end: 4 }), { instanceOf: RangeError });
  await t.throwsAsync(collect(objects.stream(uri, { start: -1 })), { instanceOf: RangeError });
});

test("read() and stream() return nothing for an empty object", async (t) => {
  const { objects, put } = await openBucket(t, moto.url);
  const uri = await put("empty", "");
  const { version } = await objects.stat(uri);
  t.is((await objects.read(uri)).length, 0);
  t.is((await objects.read(uri, { start: 0, end: 10, version })).length, 0);
  t.deepEqual(await collect(objects.stream(uri)), []);
  t.deepEqual(await collect(objects.stream(uri, { version })), []);
});

test("read() of 2,000 items of 100 bytes costs one GET", async (t) => {
  const { objects, put, count } = await openBucket(t, moto.url);
  const content = pattern(200_000);
  const uri = await put("items", content);
  const { version } = await objects.stat(uri);
  const items: Uint8Array[] = [];
  for (let n = 0; n < 2_000; n += 1) {
    items.push(await objects.read(uri, { start: n * 100, end: n * 100 + 100, version }));
  }
  t.true(Buffer.concat(items).equals(content));
  t.is(count("GetObject"), 1);
  await objects.read(uri, { start: 0, end: 100 });
  t.is(count("GetObject"), 2);
});

test("stream() gives every byte once, in one GET for 8 MiB", async (t) => {
  const { objects, put, count } = await openBucket(t, moto.url);
  const content = pattern(2 * STREAM_BYTES + 1_000);
  const uri = await put("big", content);
  const { version } = await objects.stat(uri);
  t.true(Buffer.concat(await collect(objects.stream(uri, { version }))).equals(content));
  t.is(count("GetObject"), 3);
  const some = await collect(objects.stream(uri, { start: 3, end: STREAM_BYTES + 5 }));
  t.true(Buffer.concat(some).equals(content.subarray(3, STREAM_BYTES + 5)));
  t.is(count("GetObject"), 5);
  const exact = await collect(objects.stream(uri, { start: 1_000 }));
  t.true(Buffer.concat(exact).equals(content.subarray(1_000)));
  t.is(count("GetObject"), 7);
});

test("stream() throws input_changed when the object changes under it, also when no version was given", async (t) => {
  const { objects, put } = await openBucket(t, moto.url);
  const uri = await put("data", "x".repeat(STREAM_BYTES + 10));
  const error = await t.throwsAsync(async () => {
    let changed = false;
    for await (const chunk of objects.stream(uri)) {
      t.false(Buffer.from(chunk).includes("y"));
      if (!changed) await put("data", "y".repeat(STREAM_BYTES + 10));
      changed = true;
    }
  });
  t.like(error, { code: "input_changed" });
});

test("read() and stream() throw input_changed for an object of another version, shorter or gone", async (t) => {
  const { objects, put, drop } = await openBucket(t, moto.url);
  const uri = await put("data", "x".repeat(100));
  const { version } = await objects.stat(uri);
  await put("data", "y");
  for (const options of [{ version }, { version, start: 50, end: 60 }, { version, start: 50 }]) {
    t.like(await t.throwsAsync(objects.read(uri, options)), { code: "input_changed" });
    t.like(await t.throwsAsync(collect(objects.stream(uri, options))), { code: "input_changed" });
  }
  await drop("data");
  t.like(await t.throwsAsync(objects.read(uri, { version })), { code: "input_changed" });
  t.like(await t.throwsAsync(objects.read(uri)), { code: "object_not_found" });
});

test("read() throws input_changed when a store that ignores If-Match answers with another version", async (t) => {
  const server = await serve((incoming, answer) => {
    incoming.resume();
    answer.writeHead(206, { etag: '"new"', "content-range": "bytes 0-2/3", "content-length": 3 });
    answer.end("abc");
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  t.is(textOf([await objects.read("s3://bucket/x", { start: 0, end: 3 })]), "abc");
  const error = await t.throwsAsync(objects.read("s3://bucket/x", { start: 0, end: 3, version: "old" }));
  t.like(error, { code: "input_changed" });
});

test("read() and stream() resume where a connection broke, on the version first seen", async (t) => {
  const { put } = await openBucket(t, moto.url);
  const content = pattern(STREAM_BYTES + 3 * MIB);
  const uri = await put("big", content);
  const ranges: (string | undefined)[] = [];
  let cuts = 0;
  const proxy = await cuttingProxy(moto.url, ({ method, headers }) => {
    if (method !== "GET") return undefined;
    ranges.push(`${headers.range} ${headers["if-match"] !== undefined}`);
    // Every other answer breaks, the third one before its first byte.
    cuts += 1;
    return cuts % 2 === 1 ? (cuts === 3 ? 0 : 1_500_000) : undefined;
  });
  t.teardown(proxy.close);
  const { objects } = openStore(t, { url: proxy.url, bucket: "own" });
  t.true(Buffer.concat(await collect(objects.stream(uri))).equals(content));
  t.deepEqual(ranges.slice(0, 2), ["bytes=0-8388607 false", "bytes=1500000-8388607 true"]);
  t.true(Buffer.from(await objects.read(uri, { start: 5 })).equals(content.subarray(5)));
  t.true(cuts >= 5);
});

test("read() throws input_changed when the object changes while the connection is broken", async (t) => {
  const { put } = await openBucket(t, moto.url);
  const uri = await put("x", "x".repeat(MIB));
  const proxy = await cuttingProxy(moto.url, () => 1_000);
  t.teardown(proxy.close);
  const { objects } = openStore(t, { url: proxy.url, bucket: "own" });
  let seen = 0;
  const error = await t.throwsAsync(async () => {
    for await (const chunk of objects.stream(uri)) {
      if (seen === 0) await put("x", "y".repeat(MIB));
      seen += chunk.length;
    }
  });
  t.like(error, { code: "input_changed" });
  t.is(seen, 1_000);
});

test("read() throws unavailable, with the cause, when the connection breaks repeatedly", async (t) => {
  let gets = 0;
  const server = await serve((incoming, answer) => {
    gets += 1;
    const start = Number(/bytes=(\d+)-/.exec(String(incoming.headers.range))?.[1]);
    answer.writeHead(206, {
      etag: '"e"',
      "content-range": `bytes ${start}-99/100`,
      "content-length": 100 - start,
    });
    // Ten bytes at first, then none.
    answer.write(start === 0 ? "0123456789" : "", () => setTimeout(() => incoming.socket.destroy(), 20));
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  const error = await t.throwsAsync(objects.read("s3://bucket/x"));
  t.like(error, { code: "unavailable" });
  t.truthy(error?.cause);
  t.is(gets, 6);
});

test("stream() ends with the signal's reason, and an unread range is cancelled", async (t) => {
  const { objects, put } = await openBucket(t, moto.url);
  const uri = await put("big", pattern(2 * STREAM_BYTES));
  const abort = new AbortController();
  const error = await t.throwsAsync(async () => {
    for await (const _ of objects.stream(uri, { signal: abort.signal })) abort.abort(new Error("enough"));
  });
  t.is(error?.message, "enough");
  await t.throwsAsync(collect(objects.stream(uri, { signal: abort.signal })), { message: "enough" });
  await t.throwsAsync(objects.read(uri, { signal: abort.signal }), { message: "enough" });
  let bytes = 0;
  for await (const chunk of objects.stream(uri)) {
    bytes += chunk.length;
    if (bytes > STREAM_BYTES - MIB) break;
  }
  t.true(bytes < STREAM_BYTES);
});

test("read() ends at once when it is aborted during a request", async (t) => {
  const hanging = await serve(() => {});
  t.teardown(hanging.close);
  const { objects } = openStore(t, { url: hanging.url, bucket: "own" });
  const signal = AbortSignal.timeout(50);
  t.is((await t.throwsAsync(objects.read("s3://bucket/x", { signal })))?.name, "TimeoutError");
  const pinned = objects.read("s3://bucket/x", {
    start: 0,
    end: 4,
    version: "v",
    signal: AbortSignal.timeout(50),
  });
  t.is((await t.throwsAsync(pinned))?.name, "TimeoutError");
});

test("read() and stat() say what to do about a refusal, a redirect and an archived object", async (t) => {
  const server = await serve((incoming, answer) => {
    incoming.resume();
    const key = incoming.url ?? "";
    if (incoming.method === "HEAD") return void answer.writeHead(key.includes("moved") ? 301 : 403).end();
    const [status, code] = key.includes("moved")
      ? [301, "PermanentRedirect"]
      : key.includes("cold")
        ? [403, "InvalidObjectState"]
        : key.includes("expired")
          ? [400, "ExpiredToken"]
          : [403, "AccessDenied"];
    answerXml(answer, status, `<Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  const cases: [Promise<unknown>, string, RegExp][] = [
    [objects.read("s3://bucket/x"), "object_unreadable", /allow s3:GetObject/],
    [objects.stat("s3://bucket/x"), "object_unreadable", /allow s3:GetObject/],
    [collect(objects.list("s3://bucket/x")), "object_unreadable", /s3:ListBucket/],
    [objects.read("s3://bucket/moved"), "object_unreadable", /another region/],
    [objects.stat("s3://bucket/moved"), "object_unreadable", /another region/],
    [objects.read("s3://bucket/cold"), "object_unreadable", /archived/],
    [objects.read("s3://bucket/expired"), "unavailable", /ExpiredToken.*try again/],
  ];
  for (const [work, code, message] of cases) {
    const error = await t.throwsAsync(work, { message });
    t.like(error, { code });
    t.truthy(error?.cause);
  }
});

test("read() and stat() follow a 301 to the bucket's region", async (t) => {
  const regions: string[] = [];
  const server = await serve((incoming, answer) => {
    incoming.resume();
    const region = /\/\d{8}\/([^/]+)\/s3\//.exec(String(incoming.headers.authorization))?.[1] ?? "";
    regions.push(region);
    if (region === "eu-west-1") {
      const isHead = incoming.method === "HEAD";
      answer.writeHead(isHead ? 200 : 206, {
        etag: '"e"',
        "content-length": 2,
        ...(!isHead && { "content-range": "bytes 0-1/2" }),
      });
      return void answer.end(isHead ? "" : "ok");
    }
    answer.setHeader("x-amz-bucket-region", "eu-west-1");
    if (incoming.method === "HEAD") return void answer.writeHead(301).end();
    answerXml(answer, 301, "<Error><Code>PermanentRedirect</Code><Message>there</Message></Error>");
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  t.is(textOf([await objects.read("s3://bucket/x")]), "ok");
  t.is((await objects.stat("s3://bucket/x")).sizeBytes, 2);
  t.deepEqual(regions, ["us-east-1", "eu-west-1", "us-east-1", "eu-west-1"]);
});
