import { setImmediate } from "node:timers/promises";
import { type Backend, isTerminal, JOB_STATUSES, type Job, type JobStatus } from "@millrace/core";

const PAGE = 500;

/** All jobs that are over, newest first; yields to other work between pages. */
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
    await setImmediate();
  }
}
