import type { JobDetail } from "@aws-sdk/client-batch";

/** Why a job waits or ended, in words for people, from what AWS Batch says. */
export function waitingReason(job: JobDetail, nowMs: number): string {
  const said = job.statusReason ? `: ${job.statusReason}` : "";
  switch (job.status) {
    case "STARTING":
      return "its container is being started, the image may still be pulled";
    case "RUNNABLE":
      return `waiting for capacity since ${age(job, nowMs)}${said}`;
    default:
      return `submitted to AWS Batch since ${age(job, nowMs)}${said}`;
  }
}

/** In whole minutes, so that the reason does not change too often; a retried job starts waiting anew. */
function age({ createdAt = 0, attempts = [] }: JobDetail, nowMs: number): string {
  const sinceMs = attempts.at(-1)?.stoppedAt ?? createdAt;
  const minutes = Math.max(0, Math.floor((nowMs - sinceMs) / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h`;
}

/** No machine of theirs is large enough, or the vCPU limit is too low. */
const NEVER_FITS = /^MISCONFIGURATION:(JOB_RESOURCE_REQUIREMENT|COMPUTE_ENVIRONMENT_MAX_RESOURCE)/;

/** True when AWS Batch says that no machine of the job's compute environments could ever run it. */
export function canNeverStart({ status, statusReason = "" }: JobDetail): boolean {
  return status === "RUNNABLE" && NEVER_FITS.test(statusReason);
}

/** How a FAILED job ended, in words. */
export function endReason(job: JobDetail): string {
  const said = job.statusReason ?? "";
  const container = containerReason(job);
  if (isReclaimed(job)) return `its machine was taken back: ${said}`;
  if (/^OutOfMemoryError/.test(container)) {
    return `out of memory: its container used more than it was given (${container})`;
  }
  if (neverRan(job) && container !== "") return `its container could not be started: ${container}`;
  if (/CannotPull|Task failed to start/.test(`${said} ${container}`)) {
    return `its container could not be started: ${container || said}`;
  }
  const code = exitCodeOf(job);
  const how = code === undefined ? "" : code > 128 ? `signal ${code - 128}` : `exit code ${code}`;
  return [how, container, said].filter((part) => part !== "").join(", ") || "ended for an unknown reason";
}

export function isReclaimed({ statusReason = "" }: JobDetail): boolean {
  return /^Host EC2/.test(statusReason);
}

/** A child can fail before its process is started: then its last attempt has no start time. */
function neverRan({ attempts = [] }: JobDetail): boolean {
  return attempts.length > 0 && attempts.at(-1)?.startedAt === undefined;
}

export function exitCodeOf({ container, attempts = [] }: JobDetail): number | undefined {
  return container?.exitCode ?? attempts.at(-1)?.container?.exitCode;
}

function containerReason({ container, attempts = [] }: JobDetail): string {
  return container?.reason ?? attempts.at(-1)?.container?.reason ?? "";
}
