import type { JobListResponse, JobSummary } from "@millrace/core/rest";
import { type JobFilters, matchesStatus } from "../job-filters.ts";

/** The loaded part of the job list, newest first. */
export interface JobList {
  readonly jobs: readonly JobSummary[];
  /** Where older jobs continue; null if there are none. */
  readonly cursor: string | null;
}

export const EMPTY_LIST: JobList = { jobs: [], cursor: null };

/** Appends a page of older jobs. */
export function appendPage(list: JobList, page: JobListResponse): JobList {
  const known = new Set(list.jobs.map((job) => job.job_id));
  return {
    jobs: [...list.jobs, ...page.jobs.filter((job) => !known.has(job.job_id))],
    cursor: page.cursor,
  };
}

/**
 * Merges new and changed jobs. A job whose status no longer matches is removed; one that is older than everything
 * loaded waits for its page. Unchanged jobs keep their objects.
 */
export function mergeJobs(list: JobList, changed: readonly JobSummary[], filters: JobFilters): JobList {
  if (changed.length === 0) return list;
  const byId = new Map(list.jobs.map((job) => [job.job_id, job]));
  const oldest = list.cursor === null ? "" : (list.jobs.at(-1)?.job_id ?? "");
  for (const job of changed) {
    if (!matchesStatus(job, filters)) byId.delete(job.job_id);
    else if (byId.has(job.job_id) || job.job_id > oldest) byId.set(job.job_id, job);
  }
  // Ids sort by time.
  const jobs = [...byId.values()].sort((a, b) => (a.job_id < b.job_id ? 1 : -1));
  return { jobs, cursor: list.cursor };
}
