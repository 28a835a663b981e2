import type { WorkerProcess } from "./worker-process.ts";

/** One attempt as DescribeJobs shows it; it is filled as the attempt goes on. */
export interface AttemptRecord {
  readonly taskArn: string;
  readonly containerInstanceArn: string;
  logStreamName?: string;
  exitCode?: number;
  reason?: string;
  /** Absent when it died before it ran. */
  startedAtMs?: number;
  stoppedAtMs?: number;
  statusReason?: string;
}

/** Why an attempt is ended from outside. */
export interface StopCause {
  readonly statusReason: string;
  /** The container's own reason. */
  readonly reason?: string;
  /** Ends the job whatever its retry strategy says. */
  readonly isFinal?: boolean;
}

export interface AttemptSteps {
  readonly record: AttemptRecord;
  readonly logStreamName: string;
  /** Resolves when the image would have been pulled. */
  starting(): Promise<void>;
  /** The reason of an image that cannot be pulled, if this one cannot. */
  imagePullFailure(): string | undefined;
  startProcess(): Promise<WorkerProcess>;
  running(): void;
}

export const EXITED = "Essential container in task exited";
const NOT_STARTED = "Task failed to start";

/** One try of a job: starting, then a process, then its end; the first cause to end it names the reason. */
export class Attempt {
  readonly record: AttemptRecord;
  readonly #steps: AttemptSteps;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #cause: StopCause | undefined;
  #graceMs = 0;
  #process: WorkerProcess | undefined;

  constructor(steps: AttemptSteps) {
    this.record = steps.record;
    this.#steps = steps;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get cause(): StopCause | undefined {
    return this.#cause;
  }

  /** Resolves when no process of it is left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Changes nothing once it has ended by itself. */
  stop(cause: StopCause, graceMs: number): void {
    if (this.record.stoppedAtMs !== undefined) return;
    this.#cause ??= cause;
    this.#graceMs = graceMs;
    this.#stopped.resolve();
    this.#process?.stop(graceMs);
  }

  /** Runs to the end and leaves all of it in the record. */
  async run(): Promise<void> {
    const { record, logStreamName, ...steps } = this.#steps;
    await Promise.race([steps.starting(), this.#stopped.promise]);
    if (this.#cause !== undefined) return this.#end(this.#cause);
    const pullFailure = steps.imagePullFailure();
    if (pullFailure !== undefined) return this.#end({ statusReason: NOT_STARTED, reason: pullFailure });
    try {
      this.#process = await steps.startProcess();
    } catch (error) {
      const reason = `CannotStartContainerError: Error response from daemon: ${(error as Error).message}`;
      return this.#end({ statusReason: NOT_STARTED, reason });
    }
    record.startedAtMs = Date.now();
    record.logStreamName = logStreamName;
    steps.running();
    if (this.#cause !== undefined) this.#process.stop(this.#graceMs);
    record.exitCode = await this.#process.exited;
    this.#end(this.#cause ?? { statusReason: EXITED });
  }

  #end({ statusReason, reason }: StopCause): void {
    this.record.stoppedAtMs = Date.now();
    this.record.statusReason = statusReason;
    if (reason !== undefined) this.record.reason = reason;
    this.#ended.resolve();
  }
}
