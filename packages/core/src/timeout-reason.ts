import type { JobSpec } from "./job.ts";
import type { StatusReason } from "./job-status.ts";

/**
 * When the job times out, in milliseconds since the epoch, counted from its submission; undefined without a timeout.
 */
export function timeoutAtMs({ createdAtMs, timeoutSeconds }: JobSpec): number | undefined {
  return timeoutSeconds === undefined ? undefined : createdAtMs + timeoutSeconds * 1_000;
}

/** The reason of a `timed_out` job, whichever process noticed it. */
export function timeoutReason({ timeoutSeconds }: JobSpec): StatusReason {
  return {
    code: "timed_out",
    message: `The job did not finish within ${timeoutSeconds} s of its submission; submit it with a longer timeout, or retry the items that are left`,
  };
}
