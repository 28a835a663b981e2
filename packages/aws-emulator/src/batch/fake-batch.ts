import { type ActionContext, answerRequest, noRequests, type RequestCounts } from "./actions.ts";
import { makeArns } from "./arns.ts";
import { Definitions } from "./definitions.ts";
import { queueBlocked, stateChange } from "./events.ts";
import { Faults } from "./faults.ts";
import { startHttpServer } from "./http-server.ts";
import { type Injections, injections } from "./injections.ts";
import type { Job } from "./job.ts";
import { JobBoard } from "./job-board.ts";
import { type JobSnapshot, snapshots } from "./job-snapshot.ts";
import { Lifecycle } from "./lifecycle.ts";
import { type FakeBatchOptions, resolveSettings, type Settings } from "./options.ts";
import { Queues } from "./queues.ts";
import { Scheduler } from "./scheduler.ts";
import { logPath } from "./task.ts";
import { Timers } from "./timers.ts";
import { TokenBucket } from "./token-bucket.ts";

export type { FakeBatchOptions } from "./options.ts";

/** A running fake of AWS Batch, and the faults that a test can inject. */
export interface FakeBatch extends Injections {
  /** `http://127.0.0.1:<port>`, the SDK client's `endpoint`. */
  readonly url: string;
  /** Requests received so far per operation, including those answered with an error. */
  readonly requests: Readonly<RequestCounts>;
  /** Every job and child, including forgotten ones, in order of creation. */
  jobs(): readonly JobSnapshot[];
  /** Sets the available vCPUs. What runs continues; what does not fit stays RUNNABLE. */
  setCapacity(vcpus: number): void;
  /** The file with an attempt's output. */
  logFile(logStreamName: string): string;
  /** Kills every process, cancels every timer, closes the server. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a fake AWS Batch on loopback that runs jobs as processes on this machine. */
export async function startFakeBatch(options: FakeBatchOptions): Promise<FakeBatch> {
  const settings = resolveSettings(options);
  const timers = new Timers();
  const board = new JobBoard();
  const faults = new Faults();
  const requests = noRequests();
  const context: ActionContext = {
    ...machinery({ settings, timers, board, faults }),
    board,
    faults,
    requests,
    rate: new TokenBucket(settings.submitsPerSecond),
    emptyPages: settings.emptyPages,
    stopTimeoutMs: settings.stopTimeoutMs,
  };
  const server = await startHttpServer(settings.port, (request) => answerRequest(request, context));
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    requests,
    jobs: () => snapshots(board),
    setCapacity: (vcpus) => context.scheduler.setCapacity(vcpus),
    logFile: (logStreamName) => logPath(settings.logDirectory, logStreamName),
    ...injections({ board, faults, reclaimGraceMs: settings.reclaimGraceMs }),
    stop: () => {
      stopped ??= stopAll({ timers, board, server });
      return stopped;
    },
  };
}

interface Parts {
  readonly settings: Settings;
  readonly timers: Timers;
  readonly board: JobBoard;
  readonly faults: Faults;
}

function machinery({ settings, timers, board, faults }: Parts) {
  const arns = makeArns(settings);
  const emit = (event: typeof stateChange, job: Job) => {
    if (!timers.stopped) settings.onEvent?.(event(job, settings));
  };
  const scheduler: Scheduler = new Scheduler({
    maxVcpus: settings.maxVcpus,
    blockedAfterMs: settings.blockedAfterMs,
    timers,
    start: (job) => void lifecycle.start(job),
    blocked: (job, reason) => {
      job.statusReason = reason;
      emit(queueBlocked, job);
    },
  });
  // Registered before the lifecycle, so that a child's event precedes the effects of its change.
  board.onChange((job) => emit(stateChange, job));
  const lifecycle = new Lifecycle({ settings, board, scheduler, timers, faults, arns });
  return { scheduler, lifecycle, queues: new Queues(settings, arns), definitions: new Definitions(arns) };
}

async function stopAll({
  timers,
  board,
  server,
}: Pick<Parts, "timers" | "board"> & { readonly server: { stop(): Promise<void> } }): Promise<void> {
  timers.stop();
  const runs = [...board.all()].flatMap(({ run }) => run ?? []);
  for (const run of runs) run.stop({ statusReason: "The fake was stopped" }, 0);
  await Promise.all([server.stop(), ...runs.map(({ ended }) => ended)]);
}
