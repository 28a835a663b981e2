export { type JobListQuery, type LogsOptions, MillraceClient, type SubmitOptions } from "./client.ts";
export { ClientError, isClientError, problemError } from "./client-error.ts";
export { type FollowLogsOptions, followLogs, type LogStart, type OpenLogs } from "./follow-logs.ts";
export type { CallOptions, ClientOptions, RequestBody } from "./http.ts";
export type { FileSelection, Submission } from "./submission.ts";
