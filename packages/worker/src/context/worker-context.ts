import type { ApiVersion, JobSpec, Logger, WorkerBackend } from "@millrace/core";
import type { PredictorSlot } from "../predictor-process/mod.ts";
import type { TimeSheet } from "./time-sheet.ts";
import type { WorkerLog } from "./worker-log.ts";

/** What every part of a worker needs. */
export interface WorkerContext {
  readonly backend: WorkerBackend;
  readonly job: JobSpec;
  readonly api: ApiVersion;
  /** Number of this worker, 0..workers-1. */
  readonly worker: number;
  /** The process's log, for operators. */
  readonly logger: Logger;
  /** The job's log, for its user. */
  readonly log: WorkerLog;
}

/** What the parts of a worker share once its version is prepared. */
export interface RunContext extends WorkerContext {
  readonly sheet: TimeSheet;
  readonly slot: PredictorSlot;
}
