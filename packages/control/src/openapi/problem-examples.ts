import { type ErrorCode, isMillraceError, type MillraceError, type Problem } from "@millrace/core";
import { parseApiConfigs, parseSubmission } from "@millrace/core/schemas";
import { notDescribed } from "../deploy/plan-deploy.ts";
import { noApiAt } from "../http/find-api.ts";
import { noSuchJob } from "../http/find-job.ts";
import { problemView, toMillraceError } from "../http/problem-view.ts";
import { integer, optional } from "../http/query-fields.ts";
import { isEncoded, tooLarge } from "../http/read-body.ts";
import { hostNotAllowed, isStopping, notToBeRetried, unauthorized } from "../http/refusals.ts";
import { fromElsewhere } from "../http/same-origin.ts";
import { tooManyTries } from "../sessions/attempt-limit.ts";
import { ITEMS_IN_A_FILE } from "../submission/write-items.ts";

const JOB = "01KG5WT2D5GJ8QZ2N3V6X9Y7RA";
const REQUEST = "01KG5WVZ7TQ6M0B8H4C2D9E1FA";

/** Errors of requests, created by the code that throws them: the document shows exactly what the service sends. */
const ERRORS: readonly MillraceError[] = [
  thrownBy(() => optional(integer(1, 1_000)).read("limit", ["0"])),
  unauthorized("no token"),
  hostNotAllowed("example.com", ["localhost", "127.0.0.1", "[::1]"]),
  fromElsewhere({ method: "POST", path: "/session" }, "http://127.0.0.1:8080"),
  noApiAt("image-clasifier"),
  noSuchJob(JOB, "image-classifier"),
  notToBeRetried({ jobId: JOB, status: "running" }),
  tooLarge({ limitBytes: 10_485_760, wayOut: ITEMS_IN_A_FILE }),
  isEncoded("gzip"),
  notDescribed("image-classifier", { configPath: "millrace.yaml", names: ["iris"] }),
  thrownBy(submitEmptyBatches),
  tooManyTries(42),
  toMillraceError(new Error("a defect")),
  isStopping(),
  toMillraceError(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })),
];

/** Examples of problems for the document, by code. */
export const PROBLEM_EXAMPLES: ReadonlyMap<ErrorCode, Problem> = new Map(
  ERRORS.map((error) => [error.code, problemView(error, REQUEST)]),
);

function submitEmptyBatches(): void {
  const config = "{ name: iris, kind: BatchAPI, predictor: { type: python, path: predictor.py } }";
  const [api] = parseApiConfigs(config, { file: "millrace.yaml" }).apis;
  const dataset = { s3_paths: ["s3://bucket/images/"], batch_size: 0 };
  if (api) parseSubmission({ workers: 1, file_path_lister: dataset }, { api });
}

function thrownBy(refused: () => unknown): MillraceError {
  try {
    refused();
  } catch (error) {
    if (isMillraceError(error)) return error;
    throw error;
  }
  throw new TypeError("What the document shows as refused was accepted");
}
