import type { Job } from "./job.ts";
import type { Timers } from "./timers.ts";

export interface SchedulerOptions {
  readonly maxVcpus: number;
  readonly blockedAfterMs: number;
  readonly timers: Timers;
  /** The job owns its capacity from now until `release`. */
  start(job: Job): void;
  /** The job has been at the head of its queue for long and does not fit. */
  blocked(job: Job, reason: string): void;
}

/** The jobs of one share identifier, in the order in which they run; a queue without a policy has one share. */
interface Share {
  readonly waiting: Job[];
  runningVcpus: number;
}

interface Line {
  readonly shares: Map<string, Share>;
  blockedHead: Job | undefined;
  takeBackBlocked: () => void;
}

/** Gives capacity to RUNNABLE jobs. As in the real service, a head that does not fit blocks its queue. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #lines = new Map<string, Line>();
  #capacityVcpus: number;
  #usedVcpus = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#capacityVcpus = options.maxVcpus;
  }

  add(job: Job): void {
    const { waiting } = this.#share(job);
    let at = waiting.length;
    // Skips only jobs of lower priority: usually all priorities are equal, and this appends.
    while (at > 0 && priority(waiting[at - 1] as Job) < priority(job)) at--;
    waiting.splice(at, 0, job);
    this.schedule();
  }

  release(job: Job): void {
    this.#usedVcpus -= vcpus(job);
    this.#share(job).runningVcpus -= vcpus(job);
    this.schedule();
  }

  setCapacity(capacityVcpus: number): void {
    this.#capacityVcpus = capacityVcpus;
    this.schedule();
  }

  /** Starts what fits; call it after any change, for example when a waiting job was cancelled. */
  schedule(): void {
    for (const line of this.#lines.values()) {
      let next = this.#head(line);
      while (next !== undefined && this.#usedVcpus + vcpus(next.job) <= this.#capacityVcpus) {
        next.share.waiting.shift();
        next.share.runningVcpus += vcpus(next.job);
        this.#usedVcpus += vcpus(next.job);
        this.#options.start(next.job);
        next = this.#head(line);
      }
      this.#watchHead(line, next?.job);
    }
  }

  #share(job: Job): Share {
    const { queue, shareIdentifier = "" } = job.submission;
    let line = this.#lines.get(queue.name);
    if (line === undefined) {
      line = { shares: new Map(), blockedHead: undefined, takeBackBlocked: () => {} };
      this.#lines.set(queue.name, line);
    }
    let share = line.shares.get(shareIdentifier);
    if (share === undefined) {
      share = { waiting: [], runningVcpus: 0 };
      line.shares.set(shareIdentifier, share);
    }
    return share;
  }

  /** The first job of the share with the least running now: fairness without weights or decay. */
  #head(line: Line): { readonly share: Share; readonly job: Job } | undefined {
    let least: { share: Share; job: Job } | undefined;
    for (const share of line.shares.values()) {
      // Cancelled jobs are dropped once they reach the head, so nothing has to search for them.
      while (share.waiting[0] !== undefined && share.waiting[0].status !== "RUNNABLE") share.waiting.shift();
      const job = share.waiting[0];
      if (job !== undefined && (least === undefined || share.runningVcpus < least.share.runningVcpus)) {
        least = { share, job };
      }
    }
    return least;
  }

  #watchHead(line: Line, head: Job | undefined): void {
    if (line.blockedHead === head) return;
    line.takeBackBlocked();
    line.blockedHead = head;
    if (head === undefined) return;
    const { maxVcpus, blockedAfterMs, timers, blocked } = this.#options;
    line.takeBackBlocked = timers.after(blockedAfterMs, () =>
      blocked(head, vcpus(head) > maxVcpus ? NEVER_FITS : NO_CAPACITY),
    );
  }
}

const NO_CAPACITY =
  "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - " +
  "All compute environments have insufficient capacity to service the job.";
const NEVER_FITS =
  "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - " +
  "All compute environments have a maxVcpu setting that is smaller than the job requirements.";

function vcpus(job: Job): number {
  return job.submission.container.vcpus;
}

function priority(job: Job): number {
  return job.submission.schedulingPriority ?? 0;
}
