import assert from "node:assert/strict";
import { ERROR_CODES, type Problem } from "@millrace/core";
import { brokenBytes, brokenJson, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { startHarness } from "./helpers/harness.ts";

/** Files are only looked for here: a prefix that is cut to "/" would list the whole machine. */
const NOWHERE = "/nowhere-of-millrace/data/";

const itemList = {
  workers: 2,
  item_list: { items: [1, "é漢😀", { a: [null, 1e21] }, 2 ** 60], batch_size: 2 },
  config: { threshold: 0.5, nested: { list: [1, { a: {} }] } },
  timeout: 3600,
  max_attempts: 3,
  on_failure: "isolate",
  max_failed_items: 100,
  batch_timeout: 60,
  eager_start: true,
  labels: { team: "vision" },
};
const files = {
  s3_paths: [NOWHERE, `file://${NOWHERE}`],
  includes: ["**.jpg"],
  excludes: ["{a,b}/*"],
  batch_size: 8,
};
const webhook = { url: "https://example.com/hook", events: ["succeeded"], secret: "0123456789abcdef" };
const queue = { arn: "arn:aws:sqs:us-west-2:123456789012:failed-batches", max_receive_count: 3 };
const seeds = [
  itemList,
  { workers: 1, file_path_lister: files, webhook },
  { workers: 1, delimited_files: files, sqs_dead_letter_queue: queue },
  { workers: 1, delimited_files: { s3_paths: ["s3://bucket/prefix"], batch_size: 1 } },
];

const values = [
  "[",
  "{a",
  "**",
  "s3://",
  "s3://b",
  "ftp://a/b",
  "a/b",
  "http://169.254.169.254/",
  "isolate",
  10_000_000,
];
const names = ["item_list", "delimited_files", "s3_paths", "items", "batch_sise", "on_failure", "url"];
const texts = brokenBytes(
  [JSON.stringify(itemList), `\n${JSON.stringify(itemList, null, 2)}`].map((text) => Buffer.from(text)),
  {
    words: [
      "{",
      "}",
      "[",
      ",",
      ":",
      '"',
      "\\u12",
      "\\ud800",
      "1e9999",
      "123456789012345678901",
      "tru",
      "NULL",
      "//",
      "'",
    ],
  },
);
const documents = brokenJson(seeds, { values, names })
  .map((value) => JSON.stringify(value))
  .filter((text) => !/"(?:\/|file:)/.test(text.replaceAll(`file://${NOWHERE}`, "").replaceAll(NOWHERE, "")))
  .map((text) => Buffer.from(text));

test("POST /<endpoint> answers any invalid body with a clear message, and never with a 500", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const { call } = await startHarness(t);
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(texts, documents), async (body) => {
      const response = await call("/sum?dryRun=true", { method: "POST", body });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 200) return assert.match(await response.text(), /validations passed/);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      checkProblem((await response.json()) as Problem, response.status);
    }),
    { numRuns: FUZZ_RUNS, includeErrorInReport: true },
  );
  for (const status of [200, 400, 422])
    t.true((statuses.get(status) ?? 0) > FUZZ_RUNS / 100, JSON.stringify([...statuses]));
});

function checkProblem(problem: Problem, status: number): void {
  const { code, detail, field, details } = problem;
  assert.equal(ERROR_CODES[code]?.status, status, code);
  assert.ok(status < 500, detail);
  const unclear = unclearWords(detail);
  assert.equal(unclear, undefined, `"${unclear}" is not clear in: ${detail}`);
  if (code === "invalid_request") assert.match(detail, /body/);
  if (code !== "invalid_submission") return;
  const errors = (details?.errors ?? [{ field, message: detail }]) as readonly {
    field?: string;
    message: string;
  }[];
  assert.ok(errors.length > 0);
  for (const error of errors) {
    const isOfWhole = /^must specify exactly one of|^the body must be/.test(error.message);
    assert.equal(error.field === undefined, isOfWhole, JSON.stringify(error));
  }
  assert.equal(field, errors.find((error) => error.field !== undefined)?.field);
}
