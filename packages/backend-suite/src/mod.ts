export { describeBackend } from "./describe-backend.ts";
export type { BackendFixture, BackendUnderTest, OpenForTest, QueuePromises } from "./fixture.ts";
export { memoryBackend } from "./memory/backend.ts";
export { putObject } from "./memory/objects/object-store.ts";
export { MemoryState } from "./memory/state/memory-state.ts";
export {
  batch,
  collect,
  collectLines,
  commitOf,
  createJob,
  createRunningJob,
  newJobId,
  rowsOf,
  sampleApi,
  sampleJob,
} from "./samples.ts";
