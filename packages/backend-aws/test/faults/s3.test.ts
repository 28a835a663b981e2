import { createHash, randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import test from "ava";
import { startHarness, startTargets } from "./harness.ts";

const { targets, stop } = await startTargets();
test.after.always(stop);

test("cutBody gives half of an object, then ends the connection", async (t) => {
  const { proxy, s3, bucket } = await startHarness(t, { targets });
  const at = { Bucket: await bucket(), Key: "object" };
  const bytes = randomBytes(300_001);
  await s3.send(new PutObjectCommand({ ...at, Body: bytes }));
  proxy.inject({ service: "s3", kind: "cutBody" });
  const { Body, ContentLength } = await s3.send(new GetObjectCommand(at));
  t.is(ContentLength, bytes.length);
  const received: Buffer[] = [];
  await t.throwsAsync(async () => {
    for await (const chunk of Body as AsyncIterable<Buffer>) received.push(chunk);
  });
  t.deepEqual(Buffer.concat(received), bytes.subarray(0, 150_000));
  t.deepEqual(proxy.counts.s3, { cutBody: 1 });
  const whole = await s3.send(new GetObjectCommand(at));
  t.deepEqual(Buffer.from((await whole.Body?.transformToByteArray()) ?? []), bytes);
});

test("without faults a large object is uploaded in parts and comes back unchanged", async (t) => {
  const { proxy, s3, bucket } = await startHarness(t, { targets });
  const at = { Bucket: await bucket(), Key: "folder/ä b+c%20.bin", ContentType: "application/x-own" };
  const parts = [randomBytes(16 << 20), randomBytes(16 << 20), randomBytes(1_234_567)];
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, Metadata: { one: "1" } }));
  const Parts = await Promise.all(
    parts.map(async (Body, index) => {
      const part = { Bucket: at.Bucket, Key: at.Key, UploadId, PartNumber: index + 1 };
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }));
      return { ETag, PartNumber: part.PartNumber };
    }),
  );
  const key = { Bucket: at.Bucket, Key: at.Key };
  await s3.send(new CompleteMultipartUploadCommand({ ...key, UploadId, MultipartUpload: { Parts } }));
  const head = await s3.send(new HeadObjectCommand(key));
  const bytes = Buffer.concat(parts);
  t.is(head.ContentLength, bytes.length);
  t.is(head.ContentType, at.ContentType);
  t.deepEqual(head.Metadata, { one: "1" });
  const got = createHash("sha256");
  const { Body } = await s3.send(new GetObjectCommand(key));
  for await (const chunk of Body as AsyncIterable<Buffer>) got.update(chunk);
  t.is(got.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  const range = await s3.send(new GetObjectCommand({ ...key, Range: "bytes=100-199" }));
  t.deepEqual(Buffer.from((await range.Body?.transformToByteArray()) ?? []), bytes.subarray(100, 200));
  t.deepEqual(proxy.requests.s3, {
    CreateBucket: 1,
    CreateMultipartUpload: 1,
    UploadPart: 3,
    CompleteMultipartUpload: 1,
    HeadObject: 1,
    GetObject: 2,
  });
  t.deepEqual(proxy.counts.s3, {});
});
