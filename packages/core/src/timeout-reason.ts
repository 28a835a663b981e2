import type { JobSpec } from "./job.ts";
import type { StatusReason } from "./job-status.ts";

/** When the job's timeout passes, in milliseconds since the epoch; undefined without one. Counted from its submission. */
export function timeoutAtMs({ createdAtMs, timeoutSeconds }: JobSpec): number | undefined {
  return timeoutSeconds === undefined ? undefined : createdAtMs + timeoutSeconds * 1_000;
}

/** Why a job is `timed_out`, whoever noticed it. */
export function timeoutReason({ timeoutSeconds }: JobSpec): StatusReason {
  return {
    code: "timed_out",
    message: `The job was not over ${timeoutSeconds} s after its submission; submit with a longer timeout, or retry what is left`,
  };
}
