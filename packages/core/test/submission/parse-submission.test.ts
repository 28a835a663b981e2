import test from "ava";
import fc from "fast-check";
import { MillraceError } from "../../src/mod.ts";
import { parseApiConfigs, parseSubmission } from "../../src/schemas.ts";

const yaml = `name: a
predictor: {type: python, path: p.py, config: {kept: 1, changed: {a: 1}}}
job_defaults: {max_attempts: 7, on_failure: fail_batch, batch_timeout: 9, prefetch: 4}
`;
const api = parseApiConfigs(yaml, { file: "millrace.yaml" }).apis[0] as never;
const itemList = { items: [1], batch_size: 1 };
const files = { s3_paths: ["s3://bucket/a"], batch_size: 2 };

function errorOf(body: unknown): MillraceError {
  try {
    parseSubmission(body, { api });
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error("accepted");
}

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

test("parseSubmission() keeps how files are listed and read, and nothing that is the default", (t) => {
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
});

test("parseSubmission() refuses other values for them, and reading rules for paths", (t) => {
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

const wrong: readonly (readonly [title: string, body: unknown, lines: readonly string[]])[] = [
  ["the body is a list", [], ["the body must be a JSON object (got an empty list)"]],
  ["the body is text", "x", ['the body must be a JSON object (got "x")']],
  ["there is no body", undefined, ["the body must be a JSON object (got nothing)"]],
  [
    "batch_size is 0, as Cortex says it",
    { workers: 1, file_path_lister: { ...files, batch_size: 0 } },
    ["file_path_lister: batch_size: must be greater than or equal to 1 (got 0)"],
  ],
  [
    "nothing is given",
    {},
    [
      "workers: must be defined",
      "must specify exactly one of item_list, file_path_lister, delimited_files (got none)",
    ],
  ],
  [
    "two datasets are given",
    { workers: 1, item_list: itemList, delimited_files: files },
    [
      "must specify exactly one of item_list, file_path_lister, delimited_files (got item_list, delimited_files)",
    ],
  ],
  [
    "the dataset is misspelt",
    { workers: 1, itemlst: itemList },
    ['itemlst: unknown field, did you mean "item_list"'],
  ],
  [
    "fields are unknown",
    { worker: 1, workers: 1, item_list: { ...itemList, batchsize: 1 }, s3_paths: [] },
    [
      'item_list: batchsize: unknown field, did you mean "batch_size"',
      'worker: unknown field, did you mean "workers"',
      's3_paths: unknown field here, did you mean "file_path_lister.s3_paths" or "delimited_files.s3_paths"',
    ],
  ],
  [
    "numbers are wrong",
    { workers: 10_001, item_list: { items: [], batch_size: 1_000_001 }, timeout: 0, max_failed_items: 1.5 },
    [
      "workers: must be less than or equal to 10000 (got 10001)",
      "item_list: items: must have at least 1 entry (got an empty list)",
      "item_list: batch_size: must be less than or equal to 1000000 (got 1000001)",
      "timeout: must be greater than or equal to 1 (got 0)",
      "max_failed_items: must be an integer (got 1.5)",
    ],
  ],
  [
    "types are wrong",
    {
      workers: "2",
      item_list: { items: "x", batch_size: null },
      config: [],
      eager_start: "yes",
      on_failure: "no",
    },
    [
      'workers: must be an integer (got "2")',
      'item_list: items: must be a list (got "x")',
      "item_list: batch_size: must be defined",
      "config: must be an object (got an empty list)",
      'on_failure: must be one of isolate, fail_batch (got "no")',
      'eager_start: must be true or false (got "yes")',
    ],
  ],
  [
    "paths are wrong",
    {
      workers: 1,
      file_path_lister: {
        ...files,
        s3_paths: ["data/x", "gs://b/x", "s3://B/x", "s3:///x", "file://x", "", 3, "/a\0"],
      },
    },
    [
      'file_path_lister: s3_paths: index 0: must be an absolute path, or a file:// or s3:// URI, a relative path means nothing to the service (got "data/x")',
      'file_path_lister: s3_paths: index 1: must be an absolute path, or a file:// or s3:// URI, "gs://" is not supported (got "gs://b/x")',
      'file_path_lister: s3_paths: index 2: must be s3://<bucket>/<prefix> (got "s3://B/x")',
      'file_path_lister: s3_paths: index 3: must be s3://<bucket>/<prefix> (got "s3:///x")',
      'file_path_lister: s3_paths: index 4: must name an absolute path, as in file:///data/images (got "file://x")',
      "file_path_lister: s3_paths: index 5: must not be empty",
      "file_path_lister: s3_paths: index 6: must be a string (got 3)",
      "file_path_lister: s3_paths: index 7: must not contain a NUL character",
    ],
  ],
  [
    "labels are wrong",
    { workers: 1, item_list: itemList, labels: { a: 1, "b:c": "x", d: "x".repeat(256) } },
    [
      "labels: a: must be a string (got 1)",
      'labels: b:c: is not a name for a label, expected up to 63 letters, digits, ".", "_", "/" and "-", starting with a letter or digit (got "b:c")',
      "labels: d: must be at most 255 characters long (got 256 characters)",
    ],
  ],
  [
    "there are too many labels",
    {
      workers: 1,
      item_list: itemList,
      labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, ""])),
    },
    ["labels: must have at most 64 entries (got 65)"],
  ],
  [
    "the dead-letter queue is wrong",
    { workers: 1, item_list: itemList, sqs_dead_letter_queue: { arn: "x" } },
    [
      'sqs_dead_letter_queue: arn: must be the ARN of an SQS queue (got "x")',
      "sqs_dead_letter_queue: max_receive_count: must be defined",
    ],
  ],
  [
    "a name is __proto__",
    JSON.parse('{"workers":1,"item_list":{"items":[1],"batch_size":1},"labels":{"__proto__":"x"}}'),
    ["labels: __proto__: is not allowed as a name"],
  ],
  [
    "a name beside the items is __proto__",
    JSON.parse('{"workers":1,"item_list":{"items":[1],"batch_size":1,"__proto__":[1]}}'),
    ["item_list: __proto__: is not allowed as a name"],
  ],
  [
    "a name of what should be the list of items is __proto__",
    JSON.parse('{"workers":1,"item_list":{"items":{"__proto__":[1]},"batch_size":1}}'),
    ["item_list: items: __proto__: is not allowed as a name"],
  ],
  [
    "a number is infinite",
    JSON.parse('{"workers":1,"item_list":{"items":[1e999],"batch_size":1}}'),
    ["item_list: items: index 0: must be a finite number (got Infinity)"],
  ],
  [
    "an item is nested too deeply",
    JSON.parse(
      `{"workers":1,"item_list":{"items":[${"[".repeat(100_000)}${"]".repeat(100_000)}],"batch_size":1}}`,
    ),
    ["item_list: items: index 0: index 0: must not be nested deeper than 200 levels"],
  ],
];

for (const [title, body, lines] of wrong) {
  test(`parseSubmission() says field and remedy when ${title}`, (t) => {
    const error = errorOf(body);
    t.is(error.code, "invalid_submission");
    t.deepEqual(error.message.split("\n"), lines);
  });
}

test("parseSubmission() gives paths of fields in details", (t) => {
  const { details } = errorOf({ workers: 1, file_path_lister: { s3_paths: ["x"], batch_size: 0 } });
  t.is(details.field, "file_path_lister.s3_paths[0]");
  t.deepEqual(
    (details.errors as readonly { field: string }[]).map(({ field }) => field),
    ["file_path_lister.s3_paths[0]", "file_path_lister.batch_size"],
  );
});

test("parseSubmission() refuses a glob that is none, by its field", (t) => {
  const filter = { s3_paths: ["/d/**"], includes: ["**/*.csv", "/d/[a"], batch_size: 1 };
  const { details, message } = errorOf({ workers: 1, delimited_files: filter });
  t.is(details.field, "delimited_files.includes[1]");
  t.regex(message, /delimited_files\.includes\[1\] "\/d\/\[a" as a glob: "\[" without "\]"/);
});

test("parseSubmission() stays quick and brief when a body has a million mistakes", (t) => {
  const names = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]));
  const bodies: readonly unknown[] = [
    { workers: 1, item_list: itemList, ...names },
    { workers: 1, item_list: itemList, labels: names },
    { workers: 1, file_path_lister: { s3_paths: Array(1_000_000).fill(1), batch_size: 1 } },
    { workers: 1, file_path_lister: { s3_paths: Array(100_000).fill("x"), batch_size: 1 } },
  ];
  for (const body of bodies) {
    t.true(errorOf(body).message.length < 40_000);
  }
});

test("parseSubmission() does not copy the items", (t) => {
  const item = { deep: [1] };
  t.is(
    parseSubmission({ workers: 1, item_list: { items: [item], batch_size: 1 } }, { api }).items?.[0],
    item,
  );
});

test("parseSubmission() throws nothing but invalid_submission when the body is anything", (t) => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  const filter = fc.record({
    s3_paths: fc.oneof(anything, fc.array(fc.string())),
    batch_size: anything,
    includes: anything,
  });
  const body = fc.oneof(
    anything,
    fc.record(
      {
        workers: fc.oneof(fc.integer(), anything),
        item_list: fc.record({
          items: fc.oneof(anything, fc.array(anything)),
          batch_size: fc.oneof(fc.nat(), anything),
        }),
        file_path_lister: fc.oneof(anything, filter),
        delimited_files: fc.oneof(anything, filter),
        config: anything,
        labels: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
        timeout: anything,
        on_failure: anything,
        sqs_dead_letter_queue: anything,
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(body, (value) => {
      try {
        JSON.stringify(parseSubmission(value, { api }));
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_submission") throw error;
      }
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});
