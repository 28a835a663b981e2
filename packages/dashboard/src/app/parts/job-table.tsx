import type { JobSummary } from "@millrace/core/rest";
import { memo } from "preact/compat";
import { jobAddress } from "../state/route.ts";
import { compact, count, percent } from "../text/numbers.ts";
import { isOver } from "../text/statuses.ts";
import { finishedItems } from "../text/summary.ts";
import { Elapsed } from "./elapsed.tsx";
import { Labels } from "./labels.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import { JobStatusBadge } from "./status-badge.tsx";
import { TimeAgo } from "./time-ago.tsx";

/** Jobs, newest first; on a phone, one card each. */
export function JobTable(props: {
  readonly jobs: readonly JobSummary[];
  readonly caption: string;
  readonly isBusy?: boolean;
}) {
  return (
    <table class="table table-cards jobs" aria-busy={props.isBusy}>
      <caption class="visually-hidden">{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Job</th>
          <th scope="col">Progress</th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col" class="number">
            Submitted
          </th>
        </tr>
      </thead>
      <tbody>
        {props.jobs.map((job) => (
          <JobRow key={job.job_id} job={job} />
        ))}
      </tbody>
    </table>
  );
}

/** Rendered again only when the job changed: a list keeps the objects of unchanged jobs. */
const JobRow = memo(function JobRow({ job }: { readonly job: JobSummary }) {
  const { items } = job;
  return (
    <tr>
      <td class="jobs-status">
        <JobStatusBadge status={job.status} />
      </td>
      <td class="jobs-name">
        <a class="jobs-link" href={jobAddress(job.endpoint, job.job_id)}>
          {job.api_name} <span class="job-id">{job.job_id}</span>
        </a>
        <span class="jobs-about">
          {job.parent_job_id !== null && <span class="quiet">Retry of {job.parent_job_id}</span>}
          <Labels labels={job.labels} />
        </span>
        {job.status_reason !== null && <span class="jobs-reason">{job.status_reason.message}</span>}
      </td>
      <td class="jobs-progress">
        <ProgressBar items={items} label={`Progress of ${job.job_id}`} isLive={!isOver(job.status)} />
        <span class="jobs-counts" title={`${count(finishedItems(items))} items`}>
          {items.total === null
            ? `${compact(finishedItems(items))} items`
            : `${percent(finishedItems(items), items.total)} of ${compact(items.total)}`}
        </span>
      </td>
      <td class="number" data-label="Failed">
        {items.failed === 0 ? <span class="quiet">0</span> : <b class="bad">{count(items.failed)}</b>}
      </td>
      <td class="number" data-label="Took">
        {job.start_time === null ? (
          <span class="quiet">–</span>
        ) : (
          <Elapsed start={job.start_time} end={job.end_time} />
        )}
      </td>
      <td class="number" data-label="Submitted">
        <TimeAgo time={job.created_time} />
      </td>
    </tr>
  );
});
