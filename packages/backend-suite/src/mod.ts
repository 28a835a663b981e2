export { describeBackend } from "./describe-backend.ts";
export type { BackendFixture, BackendUnderTest, OpenForTest, QueuePromises } from "./fixture.ts";
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
