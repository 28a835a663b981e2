import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { type ServerProcess, startMoto } from "@millrace/aws-emulator";
import test from "ava";
import { answerXml, serve } from "./fixtures/http.ts";
import { type Bucket, CACHE_DIRECTORY, openBucket, openStore } from "./fixtures/s3.ts";

let moto: ServerProcess;

test.before(async () => {
  moto = await startMoto({ cacheDirectory: CACHE_DIRECTORY });
});
test.after.always(async () => await moto?.stop());

const MIB = 1024 * 1024;

async function openUploads({ s3, bucket }: Bucket): Promise<number> {
  return (await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
}

test("writer() stores a small object in one request, and uploads a larger one in parts", async (t) => {
  const { objects, count } = await openBucket(t, moto.url);
  for (const [bytes, parts] of [
    [0, 0],
    [100, 0],
    [8 * MIB, 0],
    [8 * MIB + 1, 2],
    [25 * MIB, 4],
  ] as const) {
    const [puts, sentParts] = [count("PutObject"), count("UploadPart")];
    const content = Buffer.alloc(bytes);
    for (let at = 0; at + 4 <= bytes; at += 4) content.writeUInt32LE(at, at);
    const uri = objects.jobUri("JOB", `of-${bytes}`);
    const writer = await objects.writer(uri);
    // Pieces that do not fit parts, and a buffer that is used again after each write.
    const piece = Buffer.alloc(3_000_000);
    for (let at = 0; at < bytes; at += piece.length) {
      const length = content.copy(piece, 0, at);
      await writer.write(piece.subarray(0, length));
    }
    const stat = await writer.commit();
    t.deepEqual(stat, await objects.stat(uri));
    t.is(stat.sizeBytes, bytes);
    t.true(Buffer.from(await objects.read(uri)).equals(content), `${bytes}`);
    t.is(count("PutObject") - puts, parts === 0 ? 1 : 0);
    t.is(count("UploadPart") - sentParts, parts);
  }
});

test("writer() keeps the order of writes that are not awaited", async (t) => {
  const { objects } = await openBucket(t, moto.url);
  const uri = objects.jobUri("JOB", "x");
  const writer = await objects.writer(uri);
  const chunks = Array.from({ length: 30 }, (_, n) => Buffer.alloc(700_000, n));
  await Promise.all(chunks.map((chunk) => writer.write(chunk)));
  await writer.commit();
  t.true(Buffer.from(await objects.read(uri)).equals(Buffer.concat(chunks)));
});

test("writer().abort() leaves nothing, changes nothing when repeated or after commit, and a write after the end is a TypeError", async (t) => {
  const bucket = await openBucket(t, moto.url);
  const { objects } = bucket;
  const uri = objects.jobUri("JOB", "x");
  const writer = await objects.writer(uri);
  await writer.write(Buffer.alloc(20 * MIB));
  t.is(await openUploads(bucket), 1);
  await writer.abort();
  await writer.abort();
  t.is(await openUploads(bucket), 0);
  t.like(await t.throwsAsync(objects.stat(uri)), { code: "object_not_found" });
  await t.throwsAsync(writer.write(Buffer.from("x")), { instanceOf: TypeError, message: /aborted/ });
  await t.throwsAsync(writer.commit(), { instanceOf: TypeError });
  const other = await objects.writer(uri);
  await other.write(Buffer.from("x"));
  const written = await other.commit();
  await other.abort();
  t.deepEqual(await objects.stat(uri), written);
  await t.throwsAsync(other.write(Buffer.from("x")), { instanceOf: TypeError, message: /committed/ });
  await t.throwsAsync(other.commit(), { instanceOf: TypeError });
});

test("writer().abort() within a write ends the upload that begins at that moment", async (t) => {
  const bucket = await openBucket(t, moto.url);
  const writer = await bucket.objects.writer(bucket.objects.jobUri("JOB", "x"));
  const write = t.throwsAsync(writer.write(Buffer.alloc(20 * MIB)));
  while (bucket.count("CreateMultipartUpload") === 0) await new Promise(setImmediate);
  await writer.abort();
  await write;
  t.is(await openUploads(bucket), 0);
});

/** S3 whose answers to parts, and to the end of an upload, the test says. */
async function fakeUploads(answers: { readonly part: (part: number) => number; readonly complete: number }) {
  const seen = { aborted: 0, inFlight: 0, mostInFlight: 0, parts: [] as number[] };
  const server = await serve((incoming, answer) => {
    const url = new URL(incoming.url ?? "", "http://x");
    const part = Number(url.searchParams.get("partNumber"));
    const fail = (status: number) =>
      answerXml(answer, status, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    incoming.resume();
    if (part > 0) {
      seen.inFlight += 1;
      seen.mostInFlight = Math.max(seen.mostInFlight, seen.inFlight);
    }
    incoming.on("end", () => {
      if (incoming.method === "DELETE") {
        seen.aborted += 1;
        return void answer.writeHead(204).end();
      }
      if (part > 0) {
        setTimeout(() => {
          seen.inFlight -= 1;
          seen.parts.push(part);
          const status = answers.part(part);
          if (status === 200) answer.writeHead(200, { etag: `"p${part}"` }).end();
          else fail(status);
        }, 30);
        return;
      }
      if (url.searchParams.has("uploads")) {
        return answerXml(
          answer,
          200,
          "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>",
        );
      }
      if (answers.complete !== 200) return fail(answers.complete);
      answerXml(
        answer,
        200,
        "<CompleteMultipartUploadResult><ETag>&quot;done-7&quot;</ETag></CompleteMultipartUploadResult>",
      );
    });
  });
  return { server, seen };
}

test("writer() has at most two parts in flight", async (t) => {
  const { server, seen } = await fakeUploads({ part: () => 200, complete: 200 });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  const writer = await objects.writer(objects.jobUri("JOB", "x"));
  await writer.write(Buffer.alloc(50 * MIB));
  t.is((await writer.commit()).version, "done-7");
  t.deepEqual(
    seen.parts.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  );
  t.is(seen.mostInFlight, 2);
  t.is(seen.aborted, 0);
});

test("writer() aborts the upload when a part fails, and every later call fails too", async (t) => {
  const { server, seen } = await fakeUploads({ part: (part) => (part === 2 ? 403 : 200), complete: 200 });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  const writer = await objects.writer(objects.jobUri("JOB", "x"));
  const error = await t.throwsAsync(async () => {
    for (let n = 0; n < 50; n += 1) await writer.write(Buffer.alloc(MIB));
    await writer.commit();
  });
  t.like(error, { code: "backend_misconfigured" });
  t.truthy(error?.cause);
  t.is(seen.aborted, 1);
  t.like(await t.throwsAsync(writer.write(Buffer.alloc(1))), { code: "backend_misconfigured" });
  t.like(await t.throwsAsync(writer.commit()), { code: "backend_misconfigured" });
  await writer.abort();
  t.is(seen.aborted, 1);
});

test("writer().commit() aborts the upload when its completion or its last part fails", async (t) => {
  for (const answers of [
    { part: () => 200, complete: 403 },
    { part: (part: number) => (part === 3 ? 403 : 200), complete: 200 },
  ]) {
    const { server, seen } = await fakeUploads(answers);
    t.teardown(server.close);
    const { objects } = openStore(t, { url: server.url, bucket: "own" });
    const writer = await objects.writer(objects.jobUri("JOB", "x"));
    await writer.write(Buffer.alloc(17 * MIB));
    t.like(await t.throwsAsync(writer.commit()), { code: "backend_misconfigured" });
    t.is(seen.aborted, 1);
  }
});

test("writer() throws backend_misconfigured when the cluster's bucket does not exist", async (t) => {
  const { objects } = openStore(t, { url: moto.url, bucket: "no-such-cluster" });
  for (const bytes of [10, 9 * MIB]) {
    const error = await t.throwsAsync(async () => {
      const writer = await objects.writer(objects.jobUri("JOB", "x"));
      await writer.write(Buffer.alloc(bytes));
      await writer.commit();
    });
    t.like(error, { code: "backend_misconfigured" });
    t.regex(error?.message ?? "", /bucket does not exist/);
  }
});
