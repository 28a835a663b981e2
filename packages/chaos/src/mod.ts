export { FAULT_KINDS, FAULTS, type FaultKind, SAFE_KINDS } from "./faults/all.ts";
export { type Injection, type InjectorOptions, type JobProgress, runSchedule } from "./injector.ts";
export { findViolations, type Manifest, type Remains } from "./invariants.ts";
export {
  type HomeProcess,
  leftovers,
  type ProcessKind,
  processesOf,
  processesOfJob,
  signal,
} from "./processes.ts";
export { seededRandom } from "./random.ts";
export { describeKinds } from "./report.ts";
export { makeSchedule, printSchedule, type ScheduledFault, type ScheduleOptions } from "./schedule.ts";
export {
  hasNeeds,
  type ProcessSettings,
  type Target,
  type TargetAws,
  type TargetDisk,
  type TargetService,
} from "./target.ts";
