import type { BatchEvent } from "./events.ts";

export interface FakeQueue {
  readonly name: string;
  /** With a fair-share policy, SubmitJob requires a share identifier; without one, it rejects it. */
  readonly schedulingPolicy: boolean;
  /** @default `<name>-ce` */
  readonly computeEnvironment?: string;
}

/** How long a job stays in each stage, in addition to its process's run time. */
export interface StageDelays {
  /** From SubmitJob until the scheduler considers the job. */
  readonly submittedMs: number;
  /** From an array parent's PENDING until its children are RUNNABLE. */
  readonly pendingMs: number;
  /** Minimum time in RUNNABLE, also before a retry. */
  readonly runnableMs: number;
  /** For pulling the image and starting the container. */
  readonly startingMs: number;
  /** From the end of the process until the status shows it. */
  readonly endedMs: number;
}

export interface FakeBatchOptions {
  readonly queues: readonly FakeQueue[];
  /** Each attempt's stdout and stderr go to `<logDirectory>/<log stream name>.log`. */
  readonly logDirectory: string;
  /** What an image would provide, such as PATH. Definition and overrides are applied on top. @default {} */
  readonly baseEnvironment?: Readonly<Record<string, string>>;
  /** For the processes. @default the current one */
  readonly workingDirectory?: string;
  /** Sum of the compute environments' maxvCpus, shared by all queues; `setCapacity` lowers what is available. */
  readonly maxVcpus?: number;
  readonly delays?: Partial<StageDelays>;
  /** How far `arrayProperties.statusSummary` lags behind the children. */
  readonly summaryLagMs?: number;
  /** After this long at the head of a queue, a job that does not fit gets its status reason and the event. */
  readonly blockedAfterMs?: number;
  /** From TerminateJob's SIGTERM to SIGKILL. */
  readonly stopTimeoutMs?: number;
  /** From a spot reclaim's SIGTERM to SIGKILL. */
  readonly reclaimGraceMs?: number;
  /** Duration of one second of attemptDurationSeconds, as the smallest timeout is 60 s. */
  readonly timeoutSecondMs?: number;
  /** SubmitJob calls per second; the bucket holds one second's worth. */
  readonly submitsPerSecond?: number;
  /** Lists answer with an empty page and a token before every page with content. */
  readonly emptyPages?: boolean;
  readonly region?: string;
  readonly account?: string;
  /** @default a free one */
  readonly port?: number;
  /**
   * Receives what EventBridge would; called synchronously during the status change, so it should not throw or block.
   */
  readonly onEvent?: (event: BatchEvent) => void;
}

export type Settings = Required<Omit<FakeBatchOptions, "delays" | "onEvent" | "workingDirectory">> & {
  readonly delays: StageDelays;
  readonly onEvent: ((event: BatchEvent) => void) | undefined;
  readonly workingDirectory: string | undefined;
};

/** Short, so that a job's whole life takes only tens of milliseconds more than its process. */
const FAKE_BATCH_DEFAULTS = {
  baseEnvironment: {},
  maxVcpus: 8,
  delays: { submittedMs: 5, pendingMs: 5, runnableMs: 5, startingMs: 15, endedMs: 5 },
  summaryLagMs: 50,
  blockedAfterMs: 500,
  stopTimeoutMs: 2_000,
  reclaimGraceMs: 2_000,
  timeoutSecondMs: 1_000,
  // The account's limit, which is not adjustable.
  submitsPerSecond: 50,
  emptyPages: false,
  region: "us-east-1",
  account: "123456789012",
  port: 0,
} as const;

export function resolveSettings(options: FakeBatchOptions): Settings {
  return {
    ...FAKE_BATCH_DEFAULTS,
    ...options,
    delays: { ...FAKE_BATCH_DEFAULTS.delays, ...options.delays },
    onEvent: options.onEvent,
    workingDirectory: options.workingDirectory,
  };
}
