import { type ServerProcess, startMoto } from "@millrace/aws-emulator";
import { collect } from "@millrace/backend-suite";
import test from "ava";
import { answerXml, serve } from "./fixtures/http.ts";
import { CACHE_DIRECTORY, openBucket, openStore, textOf } from "./fixtures/s3.ts";

let moto: ServerProcess;

test.before(async () => {
  moto = await startMoto({ cacheDirectory: CACHE_DIRECTORY });
});
test.after.always(async () => await moto?.stop());

test("every method takes keys of any characters", async (t) => {
  const { objects, put, bucket } = await openBucket(t, moto.url);
  const keys = ["a b", "a+b", "50%25", "a%2Fb", "é😀", "x//y", "q?r#s&t=u", "'\"<>&\\", "x/./y", "tab\t"];
  for (const key of keys) await put(key, `content of ${key}`);
  const listed = await collect(objects.list(`s3://${bucket}/`));
  const expected = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  t.deepEqual(
    listed.map(({ uri }) => uri),
    expected.map((key) => `s3://${bucket}/${key}`),
  );
  for (const listedObject of listed) {
    const { uri, version } = listedObject;
    t.deepEqual(await objects.stat(uri), listedObject);
    t.is(textOf([await objects.read(uri, { version })]), `content of ${uri.slice(bucket.length + 6)}`);
    t.is(objects.display(uri), uri);
  }
  const own = objects.jobUri("JOB", "output/a b+%é//x");
  const writer = await objects.writer(own);
  await writer.write(Buffer.from("mine"));
  t.deepEqual(await writer.commit(), await objects.stat(own));
  t.deepEqual(await collect(objects.list(objects.jobUri("JOB", ""))), [await objects.stat(own)]);
  await objects.removeAll(objects.jobUri("JOB", "output/a b+"));
  t.deepEqual(await collect(objects.list(objects.jobUri("JOB", ""))), []);
});

test("stat() distinguishes a missing object from a missing bucket", async (t) => {
  const { objects, bucket } = await openBucket(t, moto.url);
  const object = await t.throwsAsync(objects.stat(`s3://${bucket}/none`), { message: /no such object/ });
  t.like(object, { code: "object_not_found" });
  for (const work of [
    objects.stat("s3://no-such-bucket/x"),
    objects.read("s3://no-such-bucket/x"),
    collect(objects.list("s3://no-such-bucket/x")),
  ]) {
    const error = await t.throwsAsync(work, { message: /no bucket "no-such-bucket"/ });
    t.like(error, { code: "object_not_found" });
    t.truthy(error?.cause);
  }
});

test("list() and removeAll() take a raw prefix over several pages; directory markers are only removed", async (t) => {
  const { objects, put, bucket, count } = await openBucket(t, moto.url);
  const root = `s3://${bucket}/`;
  const names = Array.from({ length: 1_010 }, (_, n) => `jobs/JOB/objects/${String(n).padStart(5, "0")}`);
  for (let at = 0; at < names.length; at += 50) {
    await Promise.all(names.slice(at, at + 50).map((name) => put(name, "")));
  }
  for (const key of ["jobs/JOB/objects/folder/", "jobs/JOB2/objects/x", "jobs/JOB2/objects/y"])
    await put(key, "");
  const keysOf = async (prefix: string) =>
    (await collect(objects.list(prefix))).map(({ uri }) => uri.slice(root.length));
  t.deepEqual(await keysOf(`${root}jobs/JOB`), [...names, "jobs/JOB2/objects/x", "jobs/JOB2/objects/y"]);
  t.is(count("ListObjectsV2"), 2);
  const abort = new AbortController();
  const aborted = await t.throwsAsync(async () => {
    for await (const _ of objects.list(root, { signal: abort.signal })) abort.abort(new Error("enough"));
  });
  t.is(aborted?.message, "enough");
  await objects.removeAll(objects.jobUri("JOB", ""));
  t.is(count("DeleteObjects"), 2);
  t.deepEqual(await keysOf(root), ["jobs/JOB2/objects/x", "jobs/JOB2/objects/y"]);
  await objects.removeAll(objects.jobUri("JOB2", "x"));
  t.deepEqual(await keysOf(root), ["jobs/JOB2/objects/y"]);
});

test("writer() and removeAll() refuse what is not the platform's own", async (t) => {
  const { objects, bucket } = await openBucket(t, moto.url);
  for (const uri of [`s3://${bucket}/`, `s3://${bucket}/jobs/`, "s3://other/jobs/JOB/objects/", "/etc"]) {
    t.like(await t.throwsAsync(objects.removeAll(uri)), { code: "unsupported_uri" });
    t.like(await t.throwsAsync(objects.writer(uri)), { code: "unsupported_uri" });
  }
});

test("list() continues after an empty page that has a token, and decodes keys", async (t) => {
  const pages = [
    "<NextContinuationToken>one</NextContinuationToken><IsTruncated>true</IsTruncated>",
    "<NextContinuationToken>two</NextContinuationToken><EncodingType>url</EncodingType>" +
      "<Contents><Key>a+b%2Bc%25%C3%A9%01</Key><Size>3</Size><ETag>&quot;e1&quot;</ETag></Contents>",
    "<Contents><Key>plain+key</Key><Size>4</Size><ETag>&quot;e2&quot;</ETag></Contents>",
  ];
  const tokens: (string | null)[] = [];
  const server = await serve((incoming, answer) => {
    tokens.push(new URL(incoming.url ?? "", "http://x").searchParams.get("continuation-token"));
    answerXml(answer, 200, `<ListBucketResult>${pages[tokens.length - 1]}</ListBucketResult>`);
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  t.deepEqual(await collect(objects.list("s3://bucket/")), [
    { uri: "s3://bucket/a b+c%é\u0001", sizeBytes: 3, version: "e1" },
    { uri: "s3://bucket/plain+key", sizeBytes: 4, version: "e2" },
  ]);
  t.deepEqual(tokens, [null, "one", "two"]);
});

test("list() leaves out empty directory markers, and no object with contents", async (t) => {
  const { objects, put, bucket } = await openBucket(t, moto.url);
  for (const [key, content] of [
    ["d/", ""],
    ["d/a", ""],
    ["d/data/", "1"],
  ] as const)
    await put(key, content);
  const expected = ["d/a", "d/data/"].map((key) => `s3://${bucket}/${key}`);
  t.deepEqual(
    (await collect(objects.list(`s3://${bucket}/`))).map(({ uri }) => uri),
    expected,
  );
  t.deepEqual((await collect(objects.listUris(`s3://${bucket}/`))).flat(), expected);
  t.is(textOf([await objects.read(`s3://${bucket}/d/data/`)]), "1");
});

test("removeAll() retries what DeleteObjects did not delete, then says what is left", async (t) => {
  const bodies: string[] = [];
  let code = "InternalError";
  let failures = 1;
  const server = await serve((incoming, answer) => {
    if (incoming.method === "GET") {
      const contents = ["a", "b"].map((key) => `<Contents><Key>jobs/J/objects/${key}</Key></Contents>`);
      return answerXml(answer, 200, `<ListBucketResult>${contents.join("")}</ListBucketResult>`);
    }
    let body = "";
    incoming.on("data", (chunk) => {
      body += chunk;
    });
    incoming.on("end", () => {
      bodies.push(body);
      const error = `<Error><Key>jobs/J/objects/b</Key><Code>${code}</Code><Message>no</Message></Error>`;
      answerXml(answer, 200, `<DeleteResult>${bodies.length <= failures ? error : ""}</DeleteResult>`);
    });
  });
  t.teardown(server.close);
  const { objects } = openStore(t, { url: server.url, bucket: "own" });
  await objects.removeAll("s3://own/jobs/J/objects/");
  t.is(bodies.length, 2);
  t.true(bodies[0]?.includes("objects/a<"));
  t.false(bodies[1]?.includes("objects/a<"));
  failures = Number.POSITIVE_INFINITY;
  t.like(
    await t.throwsAsync(objects.removeAll("s3://own/jobs/J/objects/"), {
      message: /objects\/b.*InternalError/,
    }),
    {
      code: "unavailable",
    },
  );
  code = "AccessDenied";
  t.like(await t.throwsAsync(objects.removeAll("s3://own/jobs/J/objects/"), { message: /s3:DeleteObject/ }), {
    code: "backend_misconfigured",
  });
});
