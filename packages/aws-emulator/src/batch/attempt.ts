import type { WorkerProcess } from "./worker-process.ts";

/** One attempt as DescribeJobs shows it; filled in while the attempt runs. */
export interface AttemptRecord {
  readonly taskArn: string;
  readonly containerInstanceArn: string;
  logStreamName?: string;
  exitCode?: number;
  reason?: string;
  /** Missing when it failed before its process ran. */
  startedAtMs?: number;
  stoppedAtMs?: number;
  statusReason?: string;
}

/** Why an attempt is ended from outside. */
export interface StopCause {
  readonly statusReason: string;
  /** The container's own reason. */
  readonly reason?: string;
  /** Ends the job regardless of its retry strategy. */
  readonly isFinal?: boolean;
}

export interface AttemptSteps {
  readonly record: AttemptRecord;
  readonly logStreamName: string;
  /** Resolves when the image would have been pulled. */
  starting(): Promise<void>;
  /** The reason why this image cannot be pulled, if so. */
  imagePullFailure(): string | undefined;
  startProcess(): Promise<WorkerProcess>;
  running(): void;
}

export const EXITED = "Essential container in task exited";
const NOT_STARTED = "Task failed to start";

/** One attempt of a job: starting, a process, its end. The first cause that ends it sets the reason. */
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

  /** Resolves when none of its processes are left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Does nothing once it has ended by itself. */
  stop(cause: StopCause, graceMs: number): void {
    if (this.record.stoppedAtMs !== undefined) return;
    this.#cause ??= cause;
    this.#graceMs = graceMs;
    this.#stopped.resolve();
    this.#process?.stop(graceMs);
  }

  /** Runs to the end and records everything. */
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
