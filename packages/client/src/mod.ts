export type { FileSelection, SubmissionRequest as Submission } from "@millrace/core/rest";
export { type JobListQuery, MillraceClient, type SubmitOptions } from "./client.ts";
export { ClientError, isClientError, problemError } from "./client-error.ts";
export { type FollowLogsOptions, followLogs, type LogStart, type OpenLogs } from "./follow-logs.ts";
export type { CallOptions, ClientOptions } from "./http.ts";
export type { LogsOptions } from "./job-logs.ts";
export { OPERATIONS, type Operation } from "./operations.ts";
export type { RequestBody } from "./request-body.ts";
