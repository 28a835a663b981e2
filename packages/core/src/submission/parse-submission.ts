import { plainNumbers } from "@millrace/exact-json";
import type { ApiSpec } from "../api.ts";
import { type FieldError, got } from "../config/field-error.ts";
import { findNonJson, isPlainObject } from "../config/json-value.ts";
import { nearestName } from "../config/nearest-name.ts";
import { toWebhook } from "../config/to-api-spec.ts";
import { validate } from "../config/validate.ts";
import { checkPathFilter } from "../dataset/listing/path-filter.ts";
import type { CsvRules, Dataset, JobSpec, PathFilter } from "../job.ts";
import { FORMAT_NAMES } from "./format-names.ts";
import type { CsvOptions } from "./reading-schema.ts";
import { submissionError } from "./submission-error.ts";
import { SUBMISSION_LIMITS, type SubmissionBody, SubmissionSchema } from "./submission-schema.ts";

/**
 * The parts of a job that come from its submission, with the API's defaults filled in; the service adds the rest of the
 * `JobSpec`.
 */
export interface Submission
  extends Pick<
    JobSpec,
    | "workers"
    | "config"
    | "maxAttempts"
    | "onFailure"
    | "maxFailedItems"
    | "batchTimeoutSeconds"
    | "prefetchBatches"
    | "timeoutSeconds"
    | "eagerStart"
    | "labels"
    | "output"
    | "sqsDeadLetterQueue"
    | "webhook"
  > {
  readonly dataset: Exclude<Dataset, { readonly kind: "retry" }>;
  /** Items of an `item_list`, in order. */
  readonly items?: readonly unknown[];
}

const DATASETS = ["item_list", "file_path_lister", "delimited_files"] as const;

/**
 * Parses the body of `POST /<endpoint>`: Cortex's fields and Millrace's optional ones. `null` counts as absent.
 *
 * @throws {MillraceError} invalid_submission: all mistakes at once; `details.errors` is a list of
 * `{ field?, message }`, `details.field` the first field, and the message has one line for each, such as
 * `file_path_lister: batch_size: must be greater than or equal to 1 (got 0)`
 */
export function parseSubmission(body: unknown, options: { readonly api: ApiSpec }): Submission {
  if (!isPlainObject(body)) {
    throw submissionError([{ path: [], message: `the body must be a JSON object (got ${got(body)})` }]);
  }
  const nonJson = findNonJson(body, [], { free: ["item_list", "items"] });
  // Anything else may be unreadable in that case.
  if (nonJson !== undefined) throw submissionError([nonJson]);
  const document = withoutNulls(withNullRule(body), { below: 3 });
  const tooLong = longList(document);
  if (tooLong !== undefined) throw submissionError([tooLong]);
  const result = validate(SubmissionSchema, document);
  const errors = result.ok ? [] : [...result.errors];
  const datasetError = checkDatasets(document);
  if (datasetError !== undefined && !Object.keys(document).some(isMisspeltDataset)) errors.push(datasetError);
  if (!result.ok || errors.length > 0) throw submissionError(errors);
  const submission = toSubmission(result.value, options.api);
  // Checked now, so that the user gets the error at once instead of finding it in the job's log.
  if (submission.dataset.kind !== "item_list") checkPathFilter(submission.dataset);
  return submission;
}

/** `{ "nan": null }` is the rule "null", as it is spelled. */
function withNullRule(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { output } = body;
  return isPlainObject(output) && output.nan === null
    ? { ...body, output: { ...output, nan: "null" } }
    : { ...body };
}

/** Values that belong to the user and reach the predictor exactly as written. */
const USERS_VALUES: ReadonlySet<string> = new Set(["config", "items"]);

/**
 * Clients that copy a status send absent fields as null. Below the schema's own fields, null is a value. Numbers become
 * plain numbers, except in the user's own values.
 */
function withoutNulls(
  object: Record<string, unknown>,
  options: { readonly below: number },
): Record<string, unknown> {
  const kept = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (USERS_VALUES.has(name)) return [name, value];
      const descend = options.below > 1 && name !== "labels" && isPlainObject(value);
      return [name, descend ? withoutNulls(value, { below: options.below - 1 }) : plainNumbers(value)];
    }),
  );
}

/** A request may contain millions of paths, and there is not enough memory for an error object for each. */
function longList(document: Readonly<Record<string, unknown>>): FieldError | undefined {
  for (const name of DATASETS) {
    const dataset = document[name];
    if (!isPlainObject(dataset)) continue;
    for (const [list, entries] of Object.entries(dataset)) {
      if (list === "items" || !Array.isArray(entries) || entries.length <= SUBMISSION_LIMITS.paths) continue;
      const message = `must have at most ${SUBMISSION_LIMITS.paths} entries (got ${entries.length}), use a common prefix`;
      return { path: [name, list], message };
    }
  }
  return undefined;
}

function checkDatasets(document: Readonly<Record<string, unknown>>): FieldError | undefined {
  const given = DATASETS.filter((name) => document[name] !== undefined);
  if (given.length === 1) return undefined;
  const found = given.length === 0 ? "none" : given.join(", ");
  return {
    path: [],
    message: `must specify exactly one of item_list, file_path_lister, delimited_files (got ${found})`,
  };
}

/** If so, the unknown name is the mistake, and "got none" only follows from it. */
function isMisspeltDataset(name: string): boolean {
  const meant = nearestName(name, DATASETS);
  return meant !== undefined && meant !== name;
}

/** The only place where the submission's snake_case becomes the model's camelCase. */
function toSubmission(body: SubmissionBody, api: ApiSpec): Submission {
  const defaults = api.jobDefaults;
  const queue = body.sqs_dead_letter_queue;
  const webhook = body.webhook ? toWebhook(body.webhook) : api.webhook;
  return {
    dataset: datasetOf(body),
    ...(body.item_list === undefined ? {} : { items: body.item_list.items }),
    workers: body.workers,
    config: { ...api.predictor.config, ...body.config },
    // Cortex's way to set it: this many deliveries, then the dead-letter queue.
    maxAttempts: body.max_attempts ?? queue?.max_receive_count ?? defaults.maxAttempts,
    onFailure: body.on_failure ?? defaults.onFailure,
    ...(body.max_failed_items === undefined ? {} : { maxFailedItems: body.max_failed_items }),
    batchTimeoutSeconds: body.batch_timeout ?? defaults.batchTimeoutSeconds,
    prefetchBatches: defaults.prefetchBatches,
    ...(body.timeout === undefined ? {} : { timeoutSeconds: body.timeout }),
    eagerStart: body.eager_start,
    labels: body.labels,
    ...(body.output?.nan && { output: { nan: body.output.nan } }),
    ...(queue === undefined
      ? {}
      : { sqsDeadLetterQueue: { arn: queue.arn, maxReceiveCount: queue.max_receive_count } }),
    ...(webhook && { webhook }),
  };
}

function datasetOf(body: SubmissionBody): Submission["dataset"] {
  if (body.item_list !== undefined) return { kind: "item_list", batchSize: body.item_list.batch_size };
  if (body.file_path_lister !== undefined)
    return { kind: "file_path_lister", ...filterOf(body.file_path_lister) };
  const files = body.delimited_files;
  if (files === undefined) throw new TypeError("Cannot map a submission without a dataset");
  return {
    kind: "delimited_files",
    ...filterOf(files),
    ...(files.format && { format: FORMAT_NAMES[files.format] }),
    ...(files.csv && { csv: csvRules(files.csv) }),
    ...(files.json_arrays && { jsonArrays: files.json_arrays }),
    ...(files.nan === "string" && { nan: files.nan }),
  };
}

/** Only values that differ from the default are stored: a spec says no more than the submission did. */
function filterOf(
  files: NonNullable<SubmissionBody["file_path_lister"]>,
): PathFilter & { readonly batchSize: number } {
  return {
    batchSize: files.batch_size,
    paths: files.s3_paths,
    includes: files.includes,
    excludes: files.excludes,
    ...(files.include_hidden && { includeHidden: true }),
    ...(files.skip_unreadable && { skipUnreadable: true }),
    ...(files.allow_empty && { allowEmpty: true }),
  };
}

function csvRules({ delimiter, quote, comment, header }: CsvOptions): CsvRules {
  return {
    ...(delimiter !== "auto" && { delimiter: delimiter === "\\t" ? "\t" : delimiter }),
    ...(quote !== '"' && { quote: quote === "none" ? "" : quote }),
    ...(comment !== "none" && { comment }),
    ...(!header && { header }),
  };
}
