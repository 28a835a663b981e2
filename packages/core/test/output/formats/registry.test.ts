import test from "ava";
import { formatOfPart } from "../../../src/output/formats/registry.ts";

test("formatOfPart() detects a part's format by the ending of its name", (t) => {
  t.is(formatOfPart("file:///jobs/01M/objects/output/part-00000.ndjson").name, "ndjson");
});

test("formatOfPart() refuses a part of a newer version, and says which version reads it", (t) => {
  const error = t.throws(() => formatOfPart("s3://bucket/output/part-00000.avro"));
  t.like(error, { code: "state_too_new" });
  t.regex(error.message, /part-00000\.avro".*ends in \.ndjson; use the version that wrote the job/);
});
