import type { JobStatusResponse, JobStatusView } from "@millrace/core/rest";
import type { JobAddress } from "../api.ts";
import { apiAddress, jobAddress } from "../state/route.ts";
import { count, counted } from "../text/numbers.ts";
import { JOB_STATUS_LOOKS } from "../text/statuses.ts";
import { JobActions } from "./job-actions.tsx";
import { Labels } from "./labels.tsx";
import { JobStatusBadge } from "./status-badge.tsx";
import { TimeAgo } from "./time-ago.tsx";

/** The job's name, its status with the reason, and its actions. */
export function JobHead(props: {
  readonly address: JobAddress;
  /** Undefined until it is known. */
  readonly status: JobStatusResponse | undefined;
  readonly onChanged: () => Promise<void>;
}) {
  const { address, status } = props;
  const job = status?.job_status;
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/dashboard">Jobs</a>
        {job && (
          <>
            <span aria-hidden="true">/</span>
            <a href={apiAddress(job.api_name)}>API {job.api_name}</a>
          </>
        )}
      </nav>
      <div class="job-head">
        <div class="job-name">
          <h1 tabIndex={-1}>
            {job?.api_name ?? address.endpoint} <span class="job-id">{address.jobId}</span>
          </h1>
          <span role="status">{job && <JobStatusBadge status={job.status} />}</span>
        </div>
        {status && <JobActions address={address} status={status} onChanged={props.onChanged} />}
        {job && <About job={job} endpoint={address.endpoint} />}
      </div>
      {job && <Reason job={job} />}
    </>
  );
}

function About({ job, endpoint }: { readonly job: JobStatusView; readonly endpoint: string }) {
  return (
    <div class="job-about">
      <span>
        Submitted <TimeAgo time={job.created_time} />
      </span>
      <span>{counted(job.workers, "worker")}</span>
      {job.batch_size !== null && <span>batches of {count(job.batch_size)}</span>}
      <span>
        version <code>{job.api_id}</code>
      </span>
      {job.parent_job_id !== null && (
        <span>
          retry of{" "}
          <a class="mono" href={jobAddress(endpoint, job.parent_job_id)}>
            {job.parent_job_id}
          </a>
        </span>
      )}
      <Labels labels={job.labels} />
    </div>
  );
}

function Reason({ job }: { readonly job: JobStatusView }) {
  const { tone } = JOB_STATUS_LOOKS[job.status];
  if (job.status_reason === null) return null;
  return (
    <p class={`note ${tone === "bad" || tone === "warning" ? `note-${tone}` : ""}`}>
      {job.status_reason.message} <code>{job.status_reason.code}</code>
    </p>
  );
}
