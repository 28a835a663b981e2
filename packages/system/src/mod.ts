export {
  type HomeProcess,
  leftovers,
  type ProcessKind,
  processesOf,
  seededRandom,
  signal,
} from "@millrace/chaos";
export { assertEachOnce, assertScaledToZero } from "./assertions.ts";
export { putInput } from "./aws-input.ts";
export { sharedBrowser, type WatchedPage } from "./browser.ts";
export {
  type ChaosBackend,
  type ChaosOptions,
  type ChaosReport,
  runChaos,
} from "./chaos/run-chaos.ts";
export { jobPath, openDashboard } from "./dashboard.ts";
export {
  deploy,
  deployPython,
  deployTypeScript,
  type PredictorOptions,
  type ProjectFiles,
  packFiles,
  writeFiles,
} from "./deploy.ts";
export { callSqs } from "./emulated-sqs.ts";
export { FAMILY_SH, familyOf, stillRunning } from "./family.ts";
export {
  type FinishedJob,
  failuresOf,
  finished,
  type JobHandle,
  logOf,
  numbers,
  patiently,
  type Row,
  resultDigest,
  resultText,
  rowsOf,
  runJob,
  statusOf,
  submit,
} from "./jobs.ts";
export { type Killed, type KillOptions, killAtRandom } from "./kill-at-random.ts";
export { type AwsOptions, Platform, type PlatformOptions, startPlatform } from "./platform.ts";
export { poll } from "./poll.ts";
export { DOUBLE_PY, DOUBLE_TS, ECHO_TS, FIRST_PY, pythonConstruct, pythonPredict } from "./predictors.ts";
export { type Runtime, serviceCommand } from "./runtime.ts";
export { sharedPlatform } from "./shared-platform.ts";
export { runStorm, type StormOptions, type StormReport } from "./storm/run-storm.ts";
export { startTour, type Tour } from "./tour.ts";
export { type Step, tourSteps } from "./tour-steps.ts";
