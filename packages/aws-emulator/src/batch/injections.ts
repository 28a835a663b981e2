import { randomBytes } from "node:crypto";
import type { BatchAction } from "./action-names.ts";
import { type Attempt, EXITED } from "./attempt.ts";
import type { Faults } from "./faults.ts";
import type { JobBoard } from "./job-board.ts";

export interface InjectionContext {
  readonly board: JobBoard;
  readonly faults: Faults;
  readonly reclaimGraceMs: number;
}

/** The faults that a test can inject. */
export interface Injections {
  /** SIGTERM, then SIGKILL, with "Host EC2 (instance i-…) terminated."; then the retry strategy decides. */
  reclaimSpot(jobId: string): void;
  /** Kills a job's process as the kernel does when memory is exhausted: 137, "OutOfMemoryError: …". */
  outOfMemory(jobId: string): void;
  /** Kills a job's process without a reason. */
  crash(jobId: string): void;
  /** As after a week: no answer contains the job, or an array's children, any more. */
  forget(jobId: string): void;
  /** The next `count` attempts fail before they run. */
  failImagePull(count: number): void;
  /** The next `count` SubmitJob calls create two jobs and return the second one's id. */
  duplicateSubmit(count: number): void;
  /** The next `count` SubmitJob calls create their job and drop the connection. */
  timeoutSubmit(count: number): void;
  /** Answers the next `count` requests, of one operation or of any, with TooManyRequestsException. */
  throttle(count: number, action?: BatchAction): void;
  /** Answers the next `count` requests, of one operation or of any, with ServerException. */
  failNext(count: number, action?: BatchAction): void;
}

/** Injecting a fault into a job that is not in a suitable state is a mistake in the test. */
export function injections({ board, faults, reclaimGraceMs }: InjectionContext): Injections {
  const runOf = (jobId: string, verb: string): Attempt => {
    const job = board.get(jobId);
    if (job?.run !== undefined) return job.run;
    throw new RangeError(
      `Cannot ${verb} job "${jobId}": ${job?.status ?? "unknown"}, expected STARTING or RUNNING`,
    );
  };
  return {
    reclaimSpot: (jobId) => {
      const instance = `i-0${randomBytes(8).toString("hex")}`;
      runOf(jobId, "reclaim").stop(
        { statusReason: `Host EC2 (instance ${instance}) terminated.` },
        reclaimGraceMs,
      );
    },
    outOfMemory: (jobId) => {
      const reason = "OutOfMemoryError: Container killed due to memory usage";
      runOf(jobId, "kill").stop({ statusReason: EXITED, reason }, 0);
    },
    crash: (jobId) => runOf(jobId, "crash").stop({ statusReason: EXITED }, 0),
    forget: (jobId) => {
      const job = board.get(jobId);
      if (job === undefined) throw new RangeError(`Cannot forget job "${jobId}": unknown`);
      for (const one of [job, ...(job.array?.children ?? [])]) one.isForgotten = true;
    },
    failImagePull: (count) => faults.arm("imagePull", count),
    duplicateSubmit: (count) => faults.arm("duplicateSubmit", count),
    timeoutSubmit: (count) => faults.arm("timeoutSubmit", count),
    throttle: (count, action) => faults.armAnswer("TooManyRequestsException", count, { action }),
    failNext: (count, action) => faults.armAnswer("ServerException", count, { action }),
  };
}
