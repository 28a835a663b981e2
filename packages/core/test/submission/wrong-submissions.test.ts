import test from "ava";
import { errorOf, files, itemList } from "./support.ts";

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
  test(`parseSubmission() names field and fix when ${title}`, (t) => {
    const error = errorOf(body);
    t.is(error.code, "invalid_submission");
    t.deepEqual(error.message.split("\n"), lines);
  });
}
