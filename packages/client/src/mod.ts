export { type JobListQuery, MillraceClient, type SubmitOptions } from "./client.ts";
export { ClientError, isClientError, problemError } from "./client-error.ts";
export type { CallOptions, ClientOptions, RequestBody } from "./http.ts";
export type { FileSelection, Submission } from "./submission.ts";
