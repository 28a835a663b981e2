export type { OnRequest } from "./aws/clients.ts";
export { type AwsConfig, configEnvironment, parseAwsConfig } from "./aws/config.ts";
export { type AwsBackendOptions, openAwsBackend, openAwsWorkerBackend } from "./backend.ts";
export { createResources } from "./create-resources.ts";
export { openAwsWorker } from "./open-worker.ts";
