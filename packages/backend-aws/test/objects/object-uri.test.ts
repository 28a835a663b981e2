import { isMillraceError } from "@millrace/core";
import test from "ava";
import { formatUri, parseObjectUri, parsePrefixUri } from "../../src/objects/object-uri.ts";
import { ownJobUri, ownLocation, ownObject } from "../../src/objects/own-objects.ts";

test("parseObjectUri() takes the key as it is written", (t) => {
  for (const key of ["a b", "50%25", "a+b", "//x", "x/../y", "é😀\n", "a?b#c", "x/"]) {
    t.deepEqual(parseObjectUri(`s3://bucket/${key}`), { bucket: "bucket", key });
    t.is(formatUri(parseObjectUri(`s3://bucket/${key}`)), `s3://bucket/${key}`);
  }
  t.deepEqual(parsePrefixUri("s3://bucket/"), { bucket: "bucket", key: "" });
});

test("parseObjectUri() throws unsupported_uri and says what to use instead", (t) => {
  const cases: [string, RegExp][] = [
    ["/data/x", /needs the local backend/],
    ["file:///data/x", /needs the local backend/],
    ["data/x", /not an s3:\/\/ URI/],
    ["gs://bucket/x", /gs:\/\/ is not supported/],
    ["s3a://bucket/x", /write s3:\/\//],
    ["s3://bucket", /no "\/" after the bucket/],
    ["s3://bucket/", /names a bucket/],
    ["s3:///key", /cannot be a bucket/],
    ["s3://buc ket/key", /cannot be a bucket/],
    [`s3://bucket/${"é".repeat(513)}`, /longer than 1024 bytes/],
  ];
  for (const [uri, message] of cases) {
    const error = t.throws(() => parseObjectUri(uri), { message });
    t.true(isMillraceError(error, "unsupported_uri"));
  }
});

test("ownLocation() and ownObject() refuse all but the platform's own objects", (t) => {
  t.deepEqual(ownLocation("b-1", "s3://b-1/jobs/J/objects/"), { bucket: "b-1", key: "jobs/J/objects/" });
  t.is(ownObject("b-1", "s3://b-1/apis/a/v/objects/x").key, "apis/a/v/objects/x");
  for (const uri of [
    "s3://b-2/jobs/J/objects/x",
    "s3://b-1/jobs/J/objects",
    "s3://b-1/jobs/J/object/x",
    "s3://b-1/jobs//objects/x",
    "s3://b-1/jobs/J/x/objects/y",
    "s3://b-1/x/jobs/J/objects/y",
    "s3://b-1/",
  ]) {
    t.true(
      isMillraceError(
        t.throws(() => ownLocation("b-1", uri)),
        "unsupported_uri",
      ),
      uri,
    );
  }
  t.throws(() => ownObject("b-1", "s3://b-1/jobs/J/objects/x/"));
  for (const [jobId, name] of [
    ["../x", "y"],
    ["", "y"],
    ["J", "../y"],
    ["J", "a/../b"],
    ["J", "\0"],
  ] as const) {
    t.throws(() => ownJobUri("b-1", { jobId, name }), { instanceOf: TypeError });
  }
});
