import type { ErrorCode, Problem } from "@millrace/core";

const JOB = "01KG5WT2D5GJ8QZ2N3V6X9Y7RA";

type Example = Pick<Problem, "detail" | "field" | "details">;

/** What the document shows of the problems that requests meet, by code. */
export const PROBLEM_EXAMPLES: Readonly<Partial<Record<ErrorCode, Example>>> = {
  invalid_request: {
    detail: 'Cannot use limit "0": expected an integer from 1 to 1000',
    field: "limit",
  },
  unauthorized: {
    detail:
      'Cannot accept the request: no token, expected the header "Authorization: Bearer <token>" with the token of the service\'s file "token"',
  },
  host_not_allowed: {
    detail:
      'Cannot serve host "example.com": expected one of 127.0.0.1, localhost; add it to MILLRACE_ALLOWED_HOSTS',
  },
  cross_origin_refused: {
    detail: 'Cannot POST "/session": the request comes from another site, expected a page of the service',
  },
  api_not_found: {
    detail:
      'Cannot find an API at the endpoint "image-clasifier": none is deployed there; GET /apis lists them',
    details: { endpoint: "image-clasifier" },
  },
  job_not_found: {
    detail: `Cannot find job "${JOB}" of "image-classifier": there is no such job; GET /jobs lists them`,
    details: { job_id: JOB, endpoint: "image-classifier" },
  },
  conflict: {
    detail: `Cannot retry job "${JOB}": it is running, expected a job that is over; wait for it or stop it`,
    details: { job_id: JOB, status: "running" },
  },
  payload_too_large: {
    detail:
      "Cannot read the body: larger than 10485760 bytes; write the items to a file, one JSON value a line, and submit it as delimited_files",
    details: { limit_bytes: 10_485_760 },
  },
  unsupported_media_type: {
    detail: 'Cannot read a body with Content-Encoding "gzip": expected none',
  },
  invalid_config: {
    detail:
      'Cannot deploy API "image-classifier": "millrace.yaml" describes no such API, expected one of iris',
    field: "name",
    details: { file: "millrace.yaml", apis: ["iris"] },
  },
  invalid_submission: {
    detail: "file_path_lister: batch_size: must be greater than or equal to 1 (got 0)",
    field: "file_path_lister.batch_size",
  },
  too_many_requests: {
    detail: "Cannot sign in: 10 wrong tries from this address; try again in 42 s",
    details: { retry_after_seconds: 42 },
  },
  internal: { detail: "The service failed; its log has the error under this request id" },
  unavailable: { detail: "Cannot take requests: the service is stopping; try again later" },
  disk_full: { detail: "Cannot write: the disk is full" },
};
