import { isTerminal, JOB_STATUSES, type JobStatus } from "@millrace/core";
import type { ReconcilerContext } from "./context.ts";

const PAGE = 1_000;
/** Workers of a job that ended longer ago are gone: they end by themselves once it is over. */
const WORKERS_MS = 60 * 60_000;

/** Jobs that ended while no service was there to clean up: without output, or ended a moment ago. */
export async function unfinishedCleanUps({ backend, now }: ReconcilerContext): Promise<readonly string[]> {
  const statuses = (Object.keys(JOB_STATUSES) as JobStatus[]).filter(isTerminal);
  const found: string[] = [];
  for (let before: string | undefined; ; ) {
    const page = await backend.ledger.jobs.list({
      statuses,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    for (const job of page) {
      const recent = (job.endedAtMs ?? 0) > now() - WORKERS_MS;
      if (!job.output || recent) found.push(job.spec.jobId);
    }
    before = page.at(-1)?.spec.jobId;
    if (page.length < PAGE) return found;
  }
}
