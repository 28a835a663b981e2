import { type Backend, isTerminal, JOB_STATUSES, type Job, type JobStatus } from "@millrace/core";

const ACTIVE: readonly JobStatus[] = (Object.keys(JOB_STATUSES) as JobStatus[]).filter((s) => !isTerminal(s));

/** Jobs of an API that are not over, newest first, at most 1,000. */
export function activeJobs(backend: Backend, apiName: string): Promise<readonly Job[]> {
  return backend.ledger.jobs.list({ apiName, statuses: ACTIVE, limit: 1_000 });
}
