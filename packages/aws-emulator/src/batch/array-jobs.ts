import { randomUUID } from "node:crypto";
import type { Arns } from "./arns.ts";
import { type ArrayState, type Job, type JobStatus, noCounts, type Submission } from "./job.ts";

export interface Birth {
  readonly arns: Arns;
  readonly sequence: number;
}

/** A job as SubmitJob creates it. With an array size it is a parent, whose children are created later. */
export function newJob(submission: Submission, { arns, sequence }: Birth): Job {
  const id = randomUUID();
  const { arraySize } = submission;
  const array: ArrayState | undefined =
    arraySize === undefined
      ? undefined
      : {
          size: arraySize,
          children: [],
          live: noCounts(),
          shown: noCounts(),
          shownAtMs: undefined,
          refreshIsDue: false,
        };
  return {
    ...blank(),
    id,
    arn: arns.job(id),
    sequence,
    submission,
    parent: undefined,
    index: undefined,
    array,
  };
}

/** Children start in PENDING, spawned by their parent. */
export function newChild(parent: Job, index: number, { arns }: Pick<Birth, "arns">): Job {
  const id = `${parent.id}:${index}`;
  const { submission } = parent;
  const arn = arns.job(id);
  const job: Job = { ...blank(), id, arn, sequence: index, submission, parent, index, array: undefined };
  job.status = "PENDING";
  return job;
}

function blank() {
  return {
    createdAtMs: Date.now(),
    status: "SUBMITTED" as JobStatus,
    statusReason: undefined,
    startedAtMs: undefined,
    stoppedAtMs: undefined,
    attempts: [],
    run: undefined,
    isCancelled: false,
    isTerminated: false,
    stopReason: undefined,
    isForgotten: false,
  };
}

export interface ChildChange {
  readonly array: ArrayState;
  /** Undefined when the child has just been spawned. */
  readonly from: JobStatus | undefined;
  readonly to: JobStatus;
}

/** Counts a child's change immediately, but shows it later. */
export function countChild(
  { array, from, to }: ChildChange,
  showLater: (show: () => void) => void,
): { readonly allEnded: boolean } {
  if (from !== undefined) array.live[from]--;
  array.live[to]++;
  if (!array.refreshIsDue) {
    array.refreshIsDue = true;
    showLater(() => {
      array.refreshIsDue = false;
      array.shown = { ...array.live };
      array.shownAtMs = Date.now();
    });
  }
  return { allEnded: array.live.SUCCEEDED + array.live.FAILED === array.size };
}
