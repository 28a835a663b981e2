import { request } from "node:http";
import { type FaultProxy, startFaultProxy } from "@millrace/aws-emulator";
import test from "ava";

const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

const S3: readonly (readonly [string, string, string])[] = [
  ["GET", "/", "ListBuckets"],
  ["PUT", "/bucket", "CreateBucket"],
  ["HEAD", "/bucket/", "HeadBucket"],
  ["DELETE", "/bucket", "DeleteBucket"],
  ["GET", "/bucket?list-type=2&prefix=&delimiter=%2F", "ListObjectsV2"],
  ["GET", "/bucket?prefix=", "ListObjects"],
  ["GET", "/bucket?uploads=", "ListMultipartUploads"],
  ["GET", "/bucket?versions", "ListObjectVersions"],
  ["GET", "/bucket?location=", "GetBucketLocation"],
  ["POST", "/bucket?delete=", "DeleteObjects"],
  ["GET", "/bucket/a/b?x-id=GetObject", "GetObject"],
  ["HEAD", "/bucket/a", "HeadObject"],
  ["PUT", "/bucket/a?x-id=PutObject", "PutObject"],
  ["DELETE", "/bucket/a", "DeleteObject"],
  ["GET", "/bucket/a?tagging=", "GetObjectTagging"],
  ["POST", "/bucket/a?uploads=", "CreateMultipartUpload"],
  ["PUT", "/bucket/a?partNumber=1&uploadId=x", "UploadPart"],
  ["POST", "/bucket/a?uploadId=x", "CompleteMultipartUpload"],
  ["DELETE", "/bucket/a?uploadId=x", "AbortMultipartUpload"],
  ["GET", "/bucket/a?uploadId=x", "ListParts"],
];

type Service = keyof FaultProxy["counts"];

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whether a request is taken for an operation: it gets the fault that was meant for it. */
async function seen(
  { method = "POST", path, headers = {} }: Sent,
  [service, operation]: readonly [Service, string],
): Promise<boolean> {
  const url = "http://127.0.0.1:1";
  const targets = { sqs: url, dynamodb: url, s3: url, logs: url, batch: url };
  const proxy = await startFaultProxy({ targets });
  proxy.inject({ service, operation, kind: "throttle" });
  await new Promise<void>((resolve) => {
    const sent = request(`${proxy.url}${path}`, { method, headers: { ...headers, connection: "close" } });
    sent.once("response", (response) => response.resume().once("close", () => resolve()));
    sent.once("error", () => resolve());
    sent.end();
  });
  await proxy.stop();
  return proxy.counts[service].throttle === 1;
}

for (const [method, path, operation] of S3) {
  test(`${method} ${path} is S3's ${operation}`, async (t) => {
    const headers = { authorization: scope("s3") };
    t.true(await seen({ method, path, headers }, ["s3", operation]));
  });
}

test("services are recognised by their target, their signature, a presigned query, or Batch's path", async (t) => {
  const target = (name: string) => ({ path: "/", headers: { "x-amz-target": name } });
  t.true(await seen(target("AmazonSQS.SendMessage"), ["sqs", "SendMessage"]));
  t.true(await seen(target("DynamoDB_20120810.Query"), ["dynamodb", "Query"]));
  t.true(await seen(target("Logs_20140328.PutLogEvents"), ["logs", "PutLogEvents"]));
  const signed = { path: "/v1/submitjob", headers: { authorization: scope("batch") } };
  t.true(await seen(signed, ["batch", "SubmitJob"]));
  t.true(await seen({ path: "/v1/describejobs" }, ["batch", "DescribeJobs"]));
  const copied = { authorization: scope("s3"), "x-amz-copy-source": "/bucket/a" };
  t.true(await seen({ method: "PUT", path: "/bucket/b", headers: copied }, ["s3", "CopyObject"]));
  const presigned = "/bucket/a?X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request";
  t.true(await seen({ method: "GET", path: presigned }, ["s3", "GetObject"]));
  t.false(await seen(target("AmazonSQS.SendMessage"), ["sqs", "ReceiveMessage"]));
});
