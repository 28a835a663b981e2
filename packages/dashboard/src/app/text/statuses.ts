import type { JobStatus, WorkerStatus } from "@millrace/core/rest";

/** Colour of a status. Each tone also has its own shape, for people who cannot tell the colours apart. */
export type Tone = "quiet" | "busy" | "good" | "warning" | "bad";

export interface StatusLook {
  readonly word: string;
  readonly tone: Tone;
}

export interface JobStatusLook extends StatusLook {
  readonly isOver: boolean;
}

export const JOB_STATUS_LOOKS = {
  pending: { word: "Pending", tone: "quiet", isOver: false },
  enqueuing: { word: "Enqueuing", tone: "busy", isOver: false },
  running: { word: "Running", tone: "busy", isOver: false },
  succeeded: { word: "Succeeded", tone: "good", isOver: true },
  completed_with_failures: { word: "Completed with failures", tone: "warning", isOver: true },
  enqueue_failed: { word: "Enqueue failed", tone: "bad", isOver: true },
  worker_error: { word: "Worker error", tone: "bad", isOver: true },
  worker_oom: { word: "Out of memory", tone: "bad", isOver: true },
  timed_out: { word: "Timed out", tone: "bad", isOver: true },
  stopped: { word: "Stopped", tone: "quiet", isOver: true },
  unexpected_error: { word: "Unexpected error", tone: "bad", isOver: true },
} as const satisfies Record<JobStatus, JobStatusLook>;

export const WORKER_STATUS_LOOKS = {
  pending: { word: "Waiting", tone: "quiet" },
  initializing: { word: "Starting", tone: "busy" },
  running: { word: "Running", tone: "busy" },
  succeeded: { word: "Done", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
  stalled: { word: "Stalled", tone: "warning" },
} as const satisfies Record<WorkerStatus, StatusLook>;

export function isOver(status: JobStatus): boolean {
  return JOB_STATUS_LOOKS[status].isOver;
}

/** A choice of the list's status filter: one status, or a group of them. */
export interface StatusChoice {
  readonly value: string;
  readonly word: string;
  readonly statuses: readonly JobStatus[];
}

const ALL = Object.keys(JOB_STATUS_LOOKS) as JobStatus[];

/** Groups come first: people mostly look for what is running or what went wrong. */
export const STATUS_GROUPS: readonly StatusChoice[] = [
  { value: "active", word: "Active", statuses: ALL.filter((status) => !isOver(status)) },
  {
    value: "problems",
    word: "With problems",
    statuses: ALL.filter((status) => ["warning", "bad"].includes(JOB_STATUS_LOOKS[status].tone)),
  },
  { value: "over", word: "Over", statuses: ALL.filter(isOver) },
];

export const STATUS_CHOICES: readonly StatusChoice[] = ALL.map((status) => ({
  value: status,
  word: JOB_STATUS_LOOKS[status].word,
  statuses: [status],
}));

/** The statuses for a filter's value; none for an unknown value, which an old link may have. */
export function statusesOf(value: string): readonly JobStatus[] {
  return [...STATUS_GROUPS, ...STATUS_CHOICES].find((choice) => choice.value === value)?.statuses ?? [];
}
