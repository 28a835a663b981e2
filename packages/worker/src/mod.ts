export { type PrepareOptions, prepareVersion } from "./prepare/prepare-version.ts";
export type { WorkerContext } from "./run/context.ts";
export { type RunOptions, runWorker } from "./run/run-worker.ts";
