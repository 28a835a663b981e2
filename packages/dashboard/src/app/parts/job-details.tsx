import type { JobStatusResponse } from "@millrace/core/rest";
import { batchTime, duration } from "../text/durations.ts";
import { count } from "../text/numbers.ts";
import { prettyJson } from "../text/pretty-json.ts";
import { moment } from "../text/times.ts";
import { Facts } from "./facts.tsx";
import { CodeBlock } from "./scroll-region.tsx";

/** The job's submission, and the times of its steps. */
export function JobDetails({ status }: { readonly status: JobStatusResponse }) {
  const { job_status: job, metrics } = status;
  const time = (value: string | null) => (value === null ? "–" : moment(value));
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <Facts
        facts={[
          ["Submitted", time(job.created_time)],
          ["Started", time(job.start_time)],
          ["Ended", time(job.end_time)],
          ["Timeout", job.timeout === null ? "none" : duration(job.timeout)],
          ["Batches", job.total_batch_count === null ? "–" : count(job.total_batch_count)],
          ["In the queue", count(job.batches_in_queue)],
          ["Mean time per batch", batchTime(metrics.avg_time_per_batch)],
          ["Maximum attempts", count(job.max_attempts)],
          ["Batch timeout", duration(job.batch_timeout)],
          ["On failure", job.on_failure === "isolate" ? "isolate the items" : "fail the batch"],
          ["Maximum failed items", job.max_failed_items === null ? "no limit" : count(job.max_failed_items)],
          ["Endpoint", <code key="endpoint">{status.endpoint}</code>],
          ...(job.output ? [["Output", <code key="output">{job.output.manifest}</code>] as const] : []),
        ]}
      />
      {Object.keys(job.config).length > 0 && (
        <>
          <h3>Config</h3>
          <CodeBlock label="Config as JSON">{prettyJson(job.config).text}</CodeBlock>
        </>
      )}
    </section>
  );
}
