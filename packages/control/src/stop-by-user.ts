import { isTerminal, type Job, type MessageResponse, MillraceError } from "@millrace/core";
import type { Services } from "./services.ts";

/**
 * Ends a job at a user's request and returns the message: it becomes `stopped` at once, and its workers end in the
 * background. If the job's file turns out to be damaged, that ends the job, and the request has succeeded.
 *
 * @throws {MillraceError} conflict when it is over already
 */
export async function stopByUser(services: Services, job: Job): Promise<MessageResponse> {
  const { jobId } = job.spec;
  const { jobs } = services.backend.ledger;
  const said = { message: `stopped job ${jobId}` };
  if (job.status === "unexpected_error" && job.reason?.code === "state_corrupt") {
    services.reconciler.wake(jobId);
    return said;
  }
  const stopped =
    !isTerminal(job.status) &&
    (await jobs.transition(jobId, "stopped", {
      atMs: services.now(),
      reason: { code: "stopped", message: "A user stopped the job" },
    }));
  if (!stopped) {
    const { status } = await jobs.get(jobId);
    throw new MillraceError(
      "conflict",
      `Cannot stop job "${jobId}": it is ${status}, expected a job that is not over`,
      { details: { job_id: jobId, status } },
    );
  }
  services.enqueuer.cancel(jobId);
  services.reconciler.wake(jobId);
  return said;
}
