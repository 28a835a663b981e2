import test from "ava";
import { parseSubmission } from "../../src/schemas.ts";
import { api, errorOf, files, itemList } from "./support.ts";

test("parseSubmission() fills in the API's defaults when only what is required is given", (t) => {
  t.deepEqual(
    parseSubmission({ workers: 2, item_list: { items: [null, { a: 1 }], batch_size: 1 } }, { api }),
    {
      dataset: { kind: "item_list", batchSize: 1 },
      items: [null, { a: 1 }],
      workers: 2,
      config: { kept: 1, changed: { a: 1 } },
      maxAttempts: 7,
      onFailure: "fail_batch",
      batchTimeoutSeconds: 9,
      prefetchBatches: 4,
      eagerStart: false,
      labels: {},
    },
  );
});

test("parseSubmission() keeps options for listing and reading files, unless they are the default", (t) => {
  const read = (field: string, more: object) =>
    parseSubmission({ workers: 1, [field]: { ...files, ...more } }, { api }).dataset as object;
  const plain = { batchSize: 2, paths: files.s3_paths, includes: [], excludes: [] };
  const listing = { include_hidden: true, skip_unreadable: true, allow_empty: true };
  const kept = { includeHidden: true, skipUnreadable: true, allowEmpty: true };
  t.deepEqual(read("file_path_lister", listing), { kind: "file_path_lister", ...plain, ...kept });
  t.deepEqual(read("delimited_files", { ...listing, json_arrays: "items", nan: "string" }), {
    kind: "delimited_files",
    ...plain,
    ...kept,
    jsonArrays: "items",
    nan: "string",
  });
  const defaults = {
    include_hidden: false,
    skip_unreadable: null,
    allow_empty: false,
    nan: null,
    json_arrays: null,
  };
  t.deepEqual(read("delimited_files", defaults), { kind: "delimited_files", ...plain });
  t.deepEqual(read("delimited_files", { nan: "null" }), { kind: "delimited_files", ...plain });
  t.deepEqual(read("delimited_files", { format: "json_array" }), {
    kind: "delimited_files",
    ...plain,
    format: "json-array",
  });
});

test("parseSubmission() keeps what is said about CSV files, unless it is usual", (t) => {
  const csvOf = (csv: object) => {
    const body = { workers: 1, delimited_files: { ...files, csv } };
    return (parseSubmission(body, { api }).dataset as { csv?: unknown }).csv;
  };
  t.deepEqual(csvOf({}), {});
  t.deepEqual(csvOf({ delimiter: "auto", quote: '"', comment: "none", header: true }), {});
  t.deepEqual(csvOf({ delimiter: null, quote: null, comment: null, header: null }), {});
  t.deepEqual(csvOf({ delimiter: "\\t", quote: "none" }), { delimiter: "\t", quote: "" });
  t.deepEqual(csvOf({ delimiter: ";", comment: "#", header: false }), {
    delimiter: ";",
    comment: "#",
    header: false,
  });
});

test("parseSubmission() refuses what no CSV file can be, and options that have no effect", (t) => {
  const message = (more: object) => errorOf({ workers: 1, delimited_files: { ...files, ...more } }).message;
  for (const delimiter of ["", "::", "§", '"', "\n", "\0"])
    t.regex(message({ csv: { delimiter } }), /csv: delimiter: must be "auto" or a single ASCII character/);
  t.regex(message({ csv: { quote: "x" } }), /csv: quote: must be one of ", ', `, none \(got "x"\)/);
  t.regex(message({ csv: { delimiter: "#", comment: "#" } }), /csv: delimiter and comment must be different/);
  t.regex(message({ csv: { seperator: ";" } }), /csv: seperator: unknown field/);
  t.regex(message({ format: "tsv" }), /format: must be one of ndjson, json_array, csv, /);
  t.regex(
    message({ format: "parquet", csv: {} }),
    /csv: has no effect on files of the format "parquet", expected the format "csv" or none/,
  );
  t.regex(message({ format: "csv", json_arrays: "items" }), /json_arrays: has no effect.*"ndjson" or none/);
});

test("parseSubmission() refuses other values for them, and options for reading with a list of paths", (t) => {
  const messages = (field: string, more: object) =>
    errorOf({ workers: 1, [field]: { ...files, ...more } }).message;
  t.regex(
    messages("delimited_files", { nan: "nan" }),
    /delimited_files: nan: must be one of null, string \(got "nan"\)/,
  );
  t.regex(messages("delimited_files", { json_arrays: true }), /json_arrays: must be one of items, whole/);
  t.regex(messages("delimited_files", { skip_unreadable: "yes" }), /skip_unreadable: /);
  t.regex(messages("file_path_lister", { nan: "string" }), /file_path_lister: nan: unknown field/);
  t.regex(messages("delimited_files", { allow_emtpy: true }), /did you mean "allow_empty"/);
});

test("parseSubmission() reads every field when all are given", (t) => {
  const body = {
    workers: 10_000,
    delimited_files: {
      s3_paths: [
        "/data/x",
        "file:///data/y",
        "file://localhost/z",
        "s3://bucket",
        "s3://my.bucket-1/pre fix",
      ],
      includes: ["**.jpg"],
      excludes: ["**/no/*"],
      batch_size: 1_000_000,
    },
    config: { changed: { b: 2 }, added: null },
    timeout: 60,
    max_attempts: 1,
    on_failure: "isolate",
    max_failed_items: 0,
    batch_timeout: 5,
    eager_start: true,
    labels: { "team/name": "vision" },
    sqs_dead_letter_queue: { arn: "arn:aws:sqs:us-west-2:123456789012:dead", max_receive_count: 3 },
  };
  t.deepEqual(parseSubmission(body, { api }), {
    dataset: {
      kind: "delimited_files",
      batchSize: 1_000_000,
      paths: body.delimited_files.s3_paths,
      includes: ["**.jpg"],
      excludes: ["**/no/*"],
    },
    workers: 10_000,
    config: { kept: 1, changed: { b: 2 }, added: null },
    timeoutSeconds: 60,
    maxAttempts: 1,
    onFailure: "isolate",
    maxFailedItems: 0,
    batchTimeoutSeconds: 5,
    prefetchBatches: 4,
    eagerStart: true,
    labels: { "team/name": "vision" },
    sqsDeadLetterQueue: { arn: "arn:aws:sqs:us-west-2:123456789012:dead", maxReceiveCount: 3 },
  });
});

test("parseSubmission() keeps rules for outputs that it is given, with null for null", (t) => {
  const read = (output: unknown) =>
    parseSubmission({ workers: 1, item_list: itemList, output }, { api }).output;
  for (const nan of ["error", "null", "string"] as const) t.deepEqual(read({ nan }), { nan });
  t.deepEqual(read({ nan: null }), { nan: "null" });
  for (const output of [undefined, null, {}]) t.is(read(output), undefined);
  const messageOf = (output: unknown) => errorOf({ workers: 1, item_list: itemList, output }).message;
  t.regex(messageOf({ nan: "zero" }), /output: nan: must be one of error, null, string \(got "zero"\)/);
  t.regex(messageOf({ nan: { a: 1 } }), /output: nan: must be/);
  t.regex(messageOf("null"), /output: must be an object/);
});

test("parseSubmission() treats null as left out when a client copies a status", (t) => {
  const body = { workers: 1, file_path_lister: { ...files, includes: null }, item_list: null, timeout: null };
  t.deepEqual(parseSubmission(body, { api }).dataset, {
    kind: "file_path_lister",
    batchSize: 2,
    paths: ["s3://bucket/a"],
    includes: [],
    excludes: [],
  });
});

test("parseSubmission() returns the paths of fields in details", (t) => {
  const { details } = errorOf({ workers: 1, file_path_lister: { s3_paths: ["x"], batch_size: 0 } });
  t.is(details.field, "file_path_lister.s3_paths[0]");
  t.deepEqual(
    (details.errors as readonly { field: string }[]).map(({ field }) => field),
    ["file_path_lister.s3_paths[0]", "file_path_lister.batch_size"],
  );
});

test("parseSubmission() refuses an invalid glob and names its field", (t) => {
  const filter = { s3_paths: ["/d/**"], includes: ["**/*.csv", "/d/[a"], batch_size: 1 };
  const { details, message } = errorOf({ workers: 1, delimited_files: filter });
  t.is(details.field, "delimited_files.includes[1]");
  t.regex(message, /delimited_files\.includes\[1\] "\/d\/\[a" as a glob: "\[" without "\]"/);
});
