export { type AwsBackendOptions, openAwsBackend, openAwsWorkerBackend } from "./backend.ts";
export type { OnRequest } from "./clients.ts";
export { type AwsConfig, configEnvironment, parseAwsConfig } from "./config.ts";
export { createResources } from "./create-resources.ts";
export { openAwsWorker } from "./open-worker.ts";
