import { type Backend, isTerminal, JOB_STATUSES, type Job, type JobStatus } from "@millrace/core";

const PAGE = 1_000;
/** Workers of a job that ended longer ago are gone: they end by themselves once it is over. */
const WORKERS_MS = 60 * 60_000;

/** All jobs that are over, newest first. */
export async function* endedJobs(backend: Backend): AsyncGenerator<Job> {
  const statuses = (Object.keys(JOB_STATUSES) as JobStatus[]).filter(isTerminal);
  for (let before: string | undefined; ; ) {
    const page = await backend.ledger.jobs.list({
      statuses,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    yield* page;
    before = page.at(-1)?.spec.jobId;
    if (page.length < PAGE) return;
  }
}

/** True for a job that ended while no service was there to clean up: without output, or ended a moment ago. */
export function mayBeUnclean(job: Job, nowMs: number): boolean {
  return !job.output || (job.endedAtMs ?? 0) > nowMs - WORKERS_MS;
}
