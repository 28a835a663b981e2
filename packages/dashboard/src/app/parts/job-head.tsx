import type { ItemCounts, JobStatusView } from "@millrace/core";
import { type JobAddress, jobPath, service } from "../api.ts";
import { go } from "../state/navigation.ts";
import { apiAddress, jobAddress } from "../state/route.ts";
import { counted } from "../text/numbers.ts";
import { isOver, JOB_STATUS_LOOKS } from "../text/statuses.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { Labels } from "./labels.tsx";
import { JobStatusBadge } from "./status-badge.tsx";
import { TimeAgo } from "./time-ago.tsx";

/** What the job is, its status with the reason, and what can be done with it. */
export function JobHead(props: {
  readonly job: JobStatusView;
  readonly items: ItemCounts;
  readonly address: JobAddress;
  readonly onChanged: () => Promise<void>;
}) {
  const { job } = props;
  const { tone } = JOB_STATUS_LOOKS[job.status];
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/dashboard">Jobs</a>
        <span aria-hidden="true">/</span>
        <a href={apiAddress(job.api_name)}>API {job.api_name}</a>
      </nav>
      <div class="job-head">
        <div class="job-name">
          <h1 tabIndex={-1}>
            {job.api_name} <span class="job-id">{job.job_id}</span>
          </h1>
          <span role="status">
            <JobStatusBadge status={job.status} />
          </span>
        </div>
        <Actions {...props} />
        <p class="job-about">
          <span>
            Submitted <TimeAgo time={job.created_time} />
          </span>
          <span>{counted(job.workers, "worker")}</span>
          {job.batch_size !== null && <span>batches of {job.batch_size}</span>}
          <span>
            version <code>{job.api_id}</code>
          </span>
          {job.parent_job_id !== null && (
            <span>
              retries{" "}
              <a class="mono" href={jobAddress(props.address.endpoint, job.parent_job_id)}>
                {job.parent_job_id}
              </a>
            </span>
          )}
          <Labels labels={job.labels} />
        </p>
      </div>
      {job.status_reason !== null && (
        <p class={`note ${tone === "bad" || tone === "warning" ? `note-${tone}` : ""}`}>
          {job.status_reason.message} <code>{job.status_reason.code}</code>
        </p>
      )}
    </>
  );
}

function Actions(props: {
  readonly job: JobStatusView;
  readonly items: ItemCounts;
  readonly address: JobAddress;
  readonly onChanged: () => Promise<void>;
}) {
  const { job, items, address } = props;
  const { endpoint, jobId } = address;
  const isDone = isOver(job.status);
  // Items that a job left behind when it ended early are retried, too.
  const without = items.total === null ? 0 : items.total - items.succeeded;
  const stop = async () => {
    await service.stop(endpoint, jobId);
    await props.onChanged();
  };
  const retry = async () => {
    const { job_id } = await service.retry(endpoint, jobId);
    go(jobAddress(endpoint, job_id));
  };
  return (
    <div class="actions">
      <a class="button" href={jobPath(address, "/results")} download={`${jobId}.ndjson`}>
        Download results
      </a>
      {isDone && without > 0 && (
        <ConfirmButton label="Retry failed" kind="primary" title="Retry the failed items?" onConfirm={retry}>
          <p>
            A new job runs the {counted(without, "item")} without an output again, on the version of{" "}
            {job.api_name} that is deployed now. Its results have the good rows of this job, too.
          </p>
        </ConfirmButton>
      )}
      {!isDone && (
        <ConfirmButton label="Stop job" kind="danger" title="Stop this job?" onConfirm={stop}>
          <p>Its workers end. What is finished stays, and the rest can be retried later.</p>
        </ConfirmButton>
      )}
    </div>
  );
}
