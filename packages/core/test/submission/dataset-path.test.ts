import test from "ava";
import { PATH_PATTERN, pathProblem } from "../../src/submission/dataset-path.ts";

const PATHS = [
  "/",
  "/a",
  "/a\nb",
  "file:///a",
  "file://localhost/a",
  "s3://abc",
  "s3://abc/",
  "s3://a.b-c/x/y",
];
const NONE = [
  ...["", "a", "./a", "~/a", "/a\0b", "\0", "a:/b", "\n/a"],
  ...["file://a", "file://", "file:/a", "file://host/a", "FILE:///a", "file://localhost"],
  ...["s3://", "s3://ab", "s3:///a", "s3://-abc/a", "s3://abc-/a", "s3://ABC/a", "S3://abc/a", "s3://a_b/c"],
  ...[`s3://${"a".repeat(64)}/a`, "s3://abc/a\0b", "gs://abc/a", "https://abc/a"],
];

test("PATH_PATTERN matches exactly the paths in which pathProblem() finds nothing", (t) => {
  const pattern = new RegExp(PATH_PATTERN, "u");
  for (const path of PATHS) t.deepEqual([pathProblem(path), pattern.test(path)], [undefined, true], path);
  for (const path of NONE) {
    t.regex(pathProblem(path) ?? "", /^must /, path);
    t.notRegex(path, pattern);
  }
});
