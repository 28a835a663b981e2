import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text as readText } from "node:stream/consumers";
import type { Submission } from "@millrace/client";
import { parseExactJson } from "@millrace/exact-json";
import type { Context } from "../context.ts";
import { UserError } from "../user-error.ts";
import { withAbsolutePaths } from "./absolute-paths.ts";

/** What the flags of `submit` set in the submission. */
export interface SubmitFlags {
  readonly items?: string | undefined;
  readonly path?: readonly string[] | undefined;
  readonly delimited?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly includeHidden?: boolean | undefined;
  readonly skipUnreadable?: boolean | undefined;
  readonly allowEmpty?: boolean | undefined;
  readonly inputFormat?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly jsonArrays?: "items" | "whole" | undefined;
  readonly nan?: "null" | "string" | undefined;
  readonly batchSize?: number | undefined;
  readonly workers?: number | undefined;
  readonly timeout?: number | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly label?: Readonly<Record<string, string>> | undefined;
  readonly maxAttempts?: number | undefined;
  readonly maxFailedItems?: number | undefined;
  readonly batchTimeout?: number | undefined;
  readonly outputNan?: "error" | "null" | "string" | undefined;
  readonly onFailure?: "isolate" | "fail_batch" | undefined;
  readonly eagerStart?: boolean | undefined;
}

const DATASETS = ["item_list", "file_path_lister", "delimited_files"] as const;
/** Flags for datasets of files only, and flags for datasets of file contents only. */
const FILE_FLAGS = {
  include: "--include",
  exclude: "--exclude",
  includeHidden: "--include-hidden",
  skipUnreadable: "--skip-unreadable",
  allowEmpty: "--allow-empty",
} as const;
const READING_FLAGS = {
  inputFormat: "--input-format",
  delimiter: "--delimiter",
  jsonArrays: "--json-arrays",
  nan: "--nan",
} as const;

type DatasetField = (typeof DATASETS)[number];

/**
 * The submission from a file, overridden by flags. The service validates its contents.
 *
 * @throws {UserError} when the file and flags do not make a submission
 */
export async function buildSubmission(
  context: Context,
  file: string | undefined,
  flags: SubmitFlags,
): Promise<Submission> {
  const base = file === undefined ? {} : await readObject(context, file);
  const dataset = await datasetOf(context, flags);
  if (dataset === undefined && file === undefined) {
    throw new UserError("Cannot submit: no dataset is named", {
      hint: "give a file with a submission, or one of --items, --path, --delimited",
    });
  }
  const own = dataset === undefined ? datasetIn(base) : undefined;
  const merged = {
    workers: 1,
    ...withoutOtherDatasets(base, dataset?.field),
    ...(dataset === undefined ? refined(base, own, flags) : { [dataset.field]: dataset.value }),
    ...settings(base, flags),
  };
  return withAbsolutePaths(merged as Submission, context.cwd);
}

/** The dataset given by the flags, if any. */
async function datasetOf(
  context: Context,
  flags: SubmitFlags,
): Promise<{ readonly field: DatasetField; readonly value: unknown } | undefined> {
  const given = [flags.items, flags.path, flags.delimited].filter((value) => value !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1)
    throw new UserError("Cannot submit: --items, --path and --delimited exclude each other");
  if (flags.batchSize === undefined) {
    throw new UserError("Cannot submit: --batch-size is missing", {
      hint: "it is the number of items in one call of predict; choose one that suits the model, such as --batch-size 32",
    });
  }
  if (flags.items === undefined) {
    const field = flags.path === undefined ? "delimited_files" : "file_path_lister";
    if (field === "file_path_lister") refuseFlags(flags, READING_FLAGS, "--delimited, not with --path");
    return { field, value: { s3_paths: flags.path ?? flags.delimited, ...selectionFlags(flags) } };
  }
  refuseFlags(flags, READING_FLAGS, "--delimited, not with --items");
  refuseFlags(flags, FILE_FLAGS, "--path or --delimited, not with --items");
  const items = parseJson(flags.items === "-" ? await readText(context.stdin) : flags.items, "--items");
  if (!Array.isArray(items)) {
    throw new UserError(
      `Cannot submit: --items is of type ${items === null ? "null" : typeof items}, expected a JSON array`,
    );
  }
  return { field: "item_list", value: { items, batch_size: flags.batchSize } };
}

/** The file's dataset, narrowed by the flags. */
function refined(
  base: Readonly<Record<string, unknown>>,
  field: DatasetField | undefined,
  flags: SubmitFlags,
): Record<string, unknown> {
  const changes = selectionFlags(flags);
  if (field === undefined || Object.keys(changes).length === 0) return {};
  const own = base[field] as Readonly<Record<string, unknown>>;
  const csv = changes.csv ? { csv: { ...(own.csv as object | undefined), ...(changes.csv as object) } } : {};
  return { [field]: { ...own, ...changes, ...csv } };
}

function selectionFlags(flags: SubmitFlags): Record<string, unknown> {
  return defined({
    includes: flags.include,
    excludes: flags.exclude,
    batch_size: flags.batchSize,
    include_hidden: flags.includeHidden,
    skip_unreadable: flags.skipUnreadable,
    allow_empty: flags.allowEmpty,
    format: flags.inputFormat,
    csv: flags.delimiter === undefined ? undefined : { delimiter: flags.delimiter },
    json_arrays: flags.jsonArrays,
    nan: flags.nan,
  });
}

/** Rejects flags that do not fit the dataset given by the flags. */
function refuseFlags(
  flags: SubmitFlags,
  names: typeof FILE_FLAGS | typeof READING_FLAGS,
  place: string,
): void {
  for (const [field, name] of Object.entries(names))
    if (flags[field as keyof SubmitFlags] !== undefined)
      throw new UserError(`Cannot submit: flags such as ${name} go with ${place}`);
}

function settings(base: Readonly<Record<string, unknown>>, flags: SubmitFlags): Record<string, unknown> {
  return defined({
    workers: flags.workers,
    timeout: flags.timeout,
    config: flags.config && { ...(base.config as object | undefined), ...flags.config },
    labels: flags.label && { ...(base.labels as object | undefined), ...flags.label },
    max_attempts: flags.maxAttempts,
    max_failed_items: flags.maxFailedItems,
    batch_timeout: flags.batchTimeout,
    on_failure: flags.onFailure,
    eager_start: flags.eagerStart,
    output: flags.outputNan && { ...(base.output as object | undefined), nan: flags.outputNan },
  });
}

function datasetIn(base: Readonly<Record<string, unknown>>): DatasetField | undefined {
  return DATASETS.find((field) => typeof base[field] === "object" && base[field] !== null);
}

function withoutOtherDatasets(
  base: Readonly<Record<string, unknown>>,
  field: DatasetField | undefined,
): Record<string, unknown> {
  if (field === undefined) return { ...base };
  return Object.fromEntries(
    Object.entries(base).filter(([name]) => !(DATASETS as readonly string[]).includes(name)),
  );
}

async function readObject(context: Context, file: string): Promise<Record<string, unknown>> {
  const name = file === "-" ? "standard input" : file;
  const text = file === "-" ? await readText(context.stdin) : await readSubmission(context, file);
  const value = parseJson(text, name);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UserError(`Cannot submit ${name}: it is not a JSON object, expected a submission`, {
    hint: 'such as {"workers": 1, "item_list": {"items": [1, 2], "batch_size": 1}}',
  });
}

async function readSubmission(context: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), "utf8");
  } catch (cause) {
    throw new UserError(`Cannot read the submission "${file}": ${(cause as Error).message}`, { cause });
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return parseExactJson(text);
  } catch (cause) {
    throw new UserError(`Cannot submit ${name}: ${(cause as Error).message}, expected JSON`, { cause });
  }
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
