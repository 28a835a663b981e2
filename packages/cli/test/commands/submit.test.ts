import { join } from "node:path";
import test from "ava";
import { events, fakeService, millrace, problem, temporaryDirectory } from "../harness.ts";
import { API, event, JOB, jobStatus } from "../views.ts";

const ANSWERS = { "GET /apis/sum": { ...API, api_spec: {}, recent_jobs: [] }, "POST /text/sum": JOB };

function body(request: { readonly body: Buffer } | undefined): unknown {
  return JSON.parse(request?.body.toString() ?? "null");
}

test("submit sends a file unchanged, with relative paths made absolute", async (t) => {
  const submission = {
    workers: 3,
    delimited_files: {
      s3_paths: ["data/", "s3://b/x", "/abs", "file:///x"],
      includes: ["data/*.csv"],
      batch_size: 2,
    },
  };
  const dir = temporaryDirectory(t, { "job.json": JSON.stringify(submission) });
  const { url, seen } = await fakeService(t, ANSWERS);
  const ran = await millrace(["submit", "sum", "job.json"], { url, cwd: dir });
  t.is(ran.code, 0, ran.stderr);
  t.regex(ran.stdout, /^submitted job J1\nwatch it: millrace get sum J1 --watch\n$/);
  t.deepEqual(body(seen.at(-1)), {
    workers: 3,
    delimited_files: {
      s3_paths: [`${join(dir, "data")}/`, "s3://b/x", "/abs", "file:///x"],
      // Among paths of another scheme a relative glob may mean anything.
      includes: ["data/*.csv"],
      batch_size: 2,
    },
  });
});

test("submit builds a submission from flags, and from a file with flags overriding it", async (t) => {
  const dir = temporaryDirectory(t, {
    "job.json": '{"workers":3,"config":{"a":1,"b":1},"item_list":{"items":[1],"batch_size":1}}',
  });
  const { url, seen } = await fakeService(t, ANSWERS);
  const flags = [
    "--workers",
    "2",
    "--config",
    '{"b":2}',
    "--config",
    "c=true",
    "--config",
    "d=x=y",
    "--label",
    "k=v",
    "--label",
    "l=w",
  ];
  await millrace(["submit", "sum", "job.json", ...flags, "--batch-size", "7"], { url, cwd: dir });
  t.deepEqual(body(seen.at(-1)), {
    workers: 2,
    config: { a: 1, b: 2, c: true, d: "x=y" },
    labels: { k: "v", l: "w" },
    item_list: { items: [1], batch_size: 7 },
  });
  const path = [
    "--path",
    "images/",
    "more",
    "--include",
    "**/*.png",
    "images/[a-c]*/*.jpg",
    "--exclude",
    "*.tmp",
  ];
  const rest = [
    "--batch-size",
    "4",
    "--timeout",
    "60",
    "--max-attempts",
    "1",
    "--max-failed-items",
    "0",
    "--on-failure",
    "fail_batch",
    "--batch-timeout",
    "9",
    "--output-nan",
    "null",
    "--eager-start",
    "--idempotency-key",
    "key",
  ];
  await millrace(["submit", "sum", ...path, ...rest], { url, cwd: dir });
  t.deepEqual(body(seen.at(-1)), {
    workers: 1,
    timeout: 60,
    max_attempts: 1,
    max_failed_items: 0,
    on_failure: "fail_batch",
    batch_timeout: 9,
    output: { nan: "null" },
    eager_start: true,
    file_path_lister: {
      s3_paths: [`${dir}/images/`, `${dir}/more`],
      includes: ["**/*.png", `${dir}/images/[a-c]*/*.jpg`],
      excludes: ["*.tmp"],
      batch_size: 4,
    },
  });
  t.is(seen.at(-1)?.headers["idempotency-key"], "key");
});

test("submit says that the job of a known key was submitted before", async (t) => {
  const flags = ["submit", "sum", "--items", "[1]", "--batch-size", "1", "--idempotency-key", "k"];
  for (const [status, said] of [
    [201, /^submitted job J1\n/],
    [200, /^job J1 was submitted with this idempotency key before\n/],
  ] as const) {
    const { url } = await fakeService(t, {
      ...ANSWERS,
      "POST /text/sum": (response: import("node:http").ServerResponse) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(JOB));
      },
    });
    t.regex((await millrace(flags, { url })).stdout, said);
  }
});

test("submit reads items or the whole submission from standard input", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  await millrace(["submit", "sum", "--items", "-", "--batch-size", "1"], { url, stdin: "[1,\n2]" });
  t.deepEqual(body(seen.at(-1)), { workers: 1, item_list: { items: [1, 2], batch_size: 1 } });
  const whole = { workers: 4, item_list: { items: ["x"], batch_size: 1 } };
  await millrace(["submit", "sum", "-"], { url, stdin: JSON.stringify(whole) });
  t.deepEqual(body(seen.at(-1)), whole);
  const json = await millrace(["submit", "sum", "--items", '["x"]', "--batch-size", "1", "-o", "json"], {
    url,
  });
  t.deepEqual(json.json(), JOB);
});

test("submit --chaos is refused when the service is on another machine, and nothing is submitted", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  const ran = await millrace(["submit", "sum", "--items", "[1]", "--batch-size", "1", "--chaos=7"], { url });
  t.is(ran.code, 2);
  t.regex(
    ran.stderr,
    /Cannot use --chaos on http:.*: it kills processes, expected a service of this machine/,
  );
  t.false(seen.some(({ method }) => method === "POST"));
});

test("submit --dry-run prints the paths and starts nothing", async (t) => {
  const { url, seen } = await fakeService(t, {
    ...ANSWERS,
    "POST /text/sum": (response: import("node:http").ServerResponse) =>
      void response.end("/a\n/b\nvalidations passed\n"),
  });
  const args = ["submit", "sum", "--path", "/", "--batch-size", "1", "--dry-run"];
  t.is((await millrace(args, { url })).stdout, "/a\n/b\nvalidations passed\n");
  t.is(seen.at(-1)?.url, "/text/sum?dryRun=true");
  t.deepEqual((await millrace([...args, "-o", "json"], { url })).json(), {
    valid: true,
    paths: ["/a", "/b"],
  });
});

test("submit --dry-run shows what would be skipped apart from the paths", async (t) => {
  const text = '/a\nskipped "/b": it is a link\nskipped 1 unreadable entry\nvalidations passed\n';
  const { url } = await fakeService(t, {
    ...ANSWERS,
    "POST /text/sum": (response: import("node:http").ServerResponse) => void response.end(text),
  });
  const args = ["submit", "sum", "--path", "/", "--batch-size", "1", "--dry-run"];
  t.is((await millrace(args, { url })).stdout, text);
  t.deepEqual((await millrace([...args, "-o", "json"], { url })).json(), {
    valid: true,
    paths: ["/a"],
    skipped: ['"/b": it is a link', "1 unreadable entry"],
  });
});

test("submit sends options for listing and reading files, also for a file's dataset", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  const listing = ["--include-hidden", "--skip-unreadable", "--allow-empty"];
  const reading = ["--json-arrays", "items", "--nan", "string"];
  const fields = { include_hidden: true, skip_unreadable: true, allow_empty: true };
  const args = ["submit", "sum", "--delimited", "/d/", "--batch-size", "1", ...listing, ...reading];
  await millrace(args, { url });
  t.deepEqual(body(seen.at(-1)), {
    workers: 1,
    delimited_files: { s3_paths: ["/d/"], batch_size: 1, ...fields, json_arrays: "items", nan: "string" },
  });
  const table = { workers: 1, delimited_files: { s3_paths: ["/d/"], batch_size: 1, csv: { comment: "#" } } };
  const csv = ["--input-format", "csv", "--delimiter", "\\t"];
  await millrace(["submit", "sum", "-", ...csv], { url, stdin: JSON.stringify(table) });
  t.deepEqual(body(seen.at(-1)), {
    workers: 1,
    delimited_files: { ...table.delimited_files, format: "csv", csv: { comment: "#", delimiter: "\\t" } },
  });
  const file = { workers: 1, file_path_lister: { s3_paths: ["/d/"], batch_size: 1 } };
  await millrace(["submit", "sum", "-", ...listing], { url, stdin: JSON.stringify(file) });
  t.deepEqual(body(seen.at(-1)), { workers: 1, file_path_lister: { ...file.file_path_lister, ...fields } });
});

test("submit refuses flags that do not go with the dataset", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  for (const [flags, message] of [
    [["--path", "/d/", "--nan", "string"], /--nan go with --delimited, not with --path/],
    [["--path", "/d/", "--delimiter", ";"], /--delimiter go with --delimited, not with --path/],
    [["--items", "[1]", "--json-arrays", "whole"], /--json-arrays go with --delimited, not with --items/],
    [["--items", "[1]", "--allow-empty"], /--allow-empty go with --path or --delimited, not with --items/],
    [["--items", "[1]", "--include", "*"], /--include go with --path or --delimited/],
  ] as const) {
    const ran = await millrace(["submit", "sum", "--batch-size", "1", ...flags], { url });
    t.is(ran.code, 2);
    t.regex(ran.stderr, message);
  }
  t.false(seen.some(({ method }) => method === "POST"));
});

test("submit --watch waits for the end and prints one document under -o json", async (t) => {
  const { url } = await fakeService(t, {
    ...ANSWERS,
    "GET /text/sum/J1/events": events({
      event: "end",
      data: event("succeeded", { total: 100, succeeded: 100, failed: 0 }),
    }),
    "GET /text/sum/J1": jobStatus("succeeded"),
  });
  const args = ["submit", "sum", "--items", "[1]", "--batch-size", "1", "--watch"];
  t.regex((await millrace(args, { url })).stdout, /^submitted job J1\njob J1 succeeded: 100 of 100/);
  const ran = await millrace([...args, "-o", "json"], { url });
  t.deepEqual(ran.json(), jobStatus("succeeded"));
});

test("submit refuses wrong flags and files with exit code 2 and advice, before it asks the service", async (t) => {
  const dir = temporaryDirectory(t, { "bad.json": "{", "list.json": "[1]" });
  const { url, seen } = await fakeService(t, ANSWERS);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /no dataset is named/],
    [["--items", "[1]"], /--batch-size is missing/],
    [["--items", "{}", "--batch-size", "1"], /--items is of type object, expected a JSON array/],
    [["--items", "[", "--batch-size", "1"], /--items: .*expected JSON/],
    [["--items", "[1]", "--path", "x", "--batch-size", "1"], /exclude each other/],
    [["--items", "[1]", "--include", "x", "--batch-size", "1"], /go with --path/],
    [["--items", "[1]", "--batch-size", "0"], /whole number of at least 1/],
    [["--items", "[1]", "--batch-size", "1", "--label", "x"], /key=value/],
    [["--items", "[1]", "--batch-size", "1", "--config", "{"], /Not JSON/],
    [["--items", "[1]", "--batch-size", "1", "--on-failure", "x"], /isolate, fail_batch/],
    [["--items", "[1]", "--batch-size", "1", "--output-nan", "x"], /error, null, string/],
    [["--batchsize", "1"], /unknown option.*\n.*--batch-size/],
    [["missing.json"], /Cannot read the submission "missing.json"/],
    [["bad.json"], /bad.json: .*expected JSON/],
    [["list.json"], /not a JSON object/],
  ];
  for (const [args, message] of cases) {
    const ran = await millrace(["submit", "sum", ...args], { url, cwd: dir });
    t.is(ran.code, 2, args.join(" "));
    t.regex(ran.stderr, message);
    t.notRegex(ran.stderr, /\n\s+at /, "no stack");
    t.is(ran.stdout, "");
  }
  t.is(seen.length, 0);
});

test("submit shows field and reason when the service refuses, and the request id of a server error", async (t) => {
  let status = 422;
  const { url } = await fakeService(t, {
    ...ANSWERS,
    "POST /text/sum": (response: import("node:http").ServerResponse) => {
      if (status === 422)
        problem(response, 422, "invalid_submission", "must be above 0", { field: "item_list.batch_size" });
      else problem(response, 500, "internal", "The service failed");
    },
  });
  const args = ["submit", "sum", "--items", "[1]", "--batch-size", "1"];
  const refused = await millrace(args, { url });
  t.deepEqual([refused.code, refused.stderr], [2, "error: must be above 0\n  field: item_list.batch_size\n"]);
  const json = await millrace([...args, "-o", "json"], { url });
  t.is(json.stdout, "");
  t.is(JSON.parse(json.stderr).error.problem.field, "item_list.batch_size");
  status = 500;
  const failed = await millrace(args, { url });
  t.deepEqual([failed.code, failed.stderr], [1, "error: The service failed\n  request id: req-1\n"]);
});
