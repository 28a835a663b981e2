import { MillraceError } from "@millrace/core";
import { parseApiConfigs, parseSubmission } from "@millrace/core/schemas";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import test from "ava";
import { openApiDocument } from "../../src/openapi-document.ts";

const ITEMS = { items: [1, null], batch_size: 1 };
const FILES = { s3_paths: ["/data/"], batch_size: 1 };
const NULLS = {
  timeout: null,
  config: null,
  labels: null,
  on_failure: null,
  eager_start: null,
  webhook: null,
};

const SUBMISSIONS: Readonly<Record<string, unknown>> = {
  items: { workers: 1, item_list: ITEMS },
  paths: { workers: 1, file_path_lister: FILES },
  files: { workers: 1, delimited_files: FILES },
  nulls: { workers: 1, item_list: ITEMS, file_path_lister: null, delimited_files: null, ...NULLS },
  inner_nulls: { workers: 1, delimited_files: { ...FILES, includes: null, nan: null, json_arrays: null } },
  csv_files: {
    workers: 1,
    delimited_files: { ...FILES, format: "csv", csv: { delimiter: ";", comment: "#" } },
  },
  csv_nulls: {
    workers: 1,
    delimited_files: { ...FILES, format: null, csv: { delimiter: null, header: null } },
  },
  csv_null: { workers: 1, delimited_files: { ...FILES, format: "parquet", csv: null, json_arrays: null } },
  csv_alike: { workers: 1, delimited_files: { ...FILES, csv: { delimiter: "#", comment: "#" } } },
  csv_quote: { workers: 1, delimited_files: { ...FILES, csv: { delimiter: '"' } } },
  csv_of_parquet: { workers: 1, delimited_files: { ...FILES, format: "parquet", csv: {} } },
  array_of_csv: { workers: 1, delimited_files: { ...FILES, format: "csv", json_arrays: "items" } },
  nothing: {},
  null: null,
  no_dataset: { workers: 1 },
  null_dataset: { workers: 1, item_list: null },
  two_datasets: { workers: 1, item_list: ITEMS, delimited_files: FILES },
  no_workers: { workers: null, item_list: ITEMS },
  null_batch_size: { workers: 1, item_list: { ...ITEMS, batch_size: null } },
  null_paths: { workers: 1, file_path_lister: { ...FILES, s3_paths: null } },
  null_label: { workers: 1, item_list: ITEMS, labels: { team: null } },
  null_queue: { workers: 1, item_list: ITEMS, sqs_dead_letter_queue: { arn: null, max_receive_count: 1 } },
  relative: { workers: 1, file_path_lister: { ...FILES, s3_paths: ["data/"] } },
  labels: { workers: 1, item_list: ITEMS, labels: numbered(64) },
  too_many_labels: { workers: 1, item_list: ITEMS, labels: numbered(65) },
  unknown: { workers: 1, item_list: ITEMS, worker: 1 },
};

const SIGN_INS: Readonly<Record<string, unknown>> = {
  code: { code: "x" },
  token: { token: "x" },
  nothing: {},
  both: { code: "x", token: "x" },
};

function numbered(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, ""]));
}

test("exactSchemas() accepts exactly the submissions that parseSubmission() accepts", async (t) => {
  const yaml = "name: a\npredictor: { type: python, path: p.py }\n";
  const [api] = parseApiConfigs(yaml, { file: "millrace.yaml" }).apis;
  if (api === undefined) throw new Error("no API");
  const fitting = await fittingOf("Submission", SUBMISSIONS);
  for (const [name, body] of Object.entries(SUBMISSIONS)) {
    const taken = isTaken(() => parseSubmission(body, { api }));
    t.is(fitting.includes(name), taken, name);
  }
  t.deepEqual(fitting, [
    "items",
    "paths",
    "files",
    "nulls",
    "inner_nulls",
    "csv_files",
    "csv_nulls",
    "csv_null",
    "labels",
  ]);
});

test("exactSchemas() lets a browser sign in with either a code or a token", async (t) => {
  t.deepEqual(await fittingOf("SignInForm", SIGN_INS), ["code", "token"]);
});

function isTaken(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof MillraceError) return false;
    throw error;
  }
}

/** The names of the values that fit a schema of the document; a linter tells, to which they are examples. */
async function fittingOf(schema: string, values: Readonly<Record<string, unknown>>): Promise<string[]> {
  const config = await createConfig({ rules: { "no-invalid-media-type-examples": "error" } });
  const examples = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${schema}` }, examples } };
  const paths = { "/": { post: { requestBody: { content }, responses: {} } } };
  const source = JSON.stringify({ ...openApiDocument("https://millrace.test"), paths });
  const problems = await lintFromString({ source, config });
  const pointers = problems.map(({ location }) => location[0]?.pointer ?? "");
  return Object.keys(values).filter(
    (name) => !pointers.some((at) => `${at}/`.includes(`/examples/${name}/`)),
  );
}
