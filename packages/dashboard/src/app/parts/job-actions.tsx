import type { JobStatusResponse } from "@millrace/core/rest";
import { type JobAddress, jobPath, service } from "../api.ts";
import { go } from "../state/navigation.ts";
import { jobAddress } from "../state/route.ts";
import { counted } from "../text/numbers.ts";
import { isOver } from "../text/statuses.ts";
import { ConfirmButton } from "./confirm-button.tsx";

/** The actions that are currently possible for a job. */
export function JobActions(props: {
  readonly address: JobAddress;
  readonly status: JobStatusResponse;
  readonly onChanged: () => Promise<void>;
}) {
  const { endpoint, jobId } = props.address;
  const { job_status: job, metrics } = props.status;
  const { total, succeeded } = metrics.items;
  const isDone = isOver(job.status);
  // Items that were never processed because the job ended early are retried, too.
  const withoutOutput = total === null ? 0 : total - succeeded;
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
      <a class="button" href={jobPath(props.address, "/results")} download={`${jobId}.ndjson`}>
        Download results
      </a>
      {isDone && withoutOutput > 0 && (
        <ConfirmButton label="Retry failed" kind="primary" title="Retry the failed items?" onConfirm={retry}>
          <p>
            A new job runs the {counted(withoutOutput, "item")} without an output again, on the version of{" "}
            {job.api_name} that is deployed now. Its results have the good rows of this job, too.
          </p>
        </ConfirmButton>
      )}
      {!isDone && (
        <ConfirmButton label="Stop job" kind="danger" title="Stop this job?" onConfirm={stop}>
          <p>Its workers stop. Finished results are kept, and the rest can be retried later.</p>
        </ConfirmButton>
      )}
    </div>
  );
}
