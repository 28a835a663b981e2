import type { Backend, Job, JobStatusResponse, WebhookDelivery } from "@millrace/core";
import type { RequestContext } from "../http/types.ts";
import { apiSpecOf, endpointUrl } from "./api-view.ts";
import { jobStatusView } from "./job-status-view.ts";
import { metricsView } from "./metrics-view.ts";

interface Sources {
  readonly backend: Backend;
  readonly webhooks: { readonly deliveries: (job: Job) => Promise<readonly WebhookDelivery[]> };
}

/** A job's status together with its API. */
export async function jobStatusResponse(
  ctx: RequestContext,
  { backend, webhooks }: Sources,
  job: Job,
): Promise<JobStatusResponse> {
  const { jobId, apiName, apiVersion, endpoint } = job.spec;
  const [progress, version, deliveries] = await Promise.all([
    backend.ledger.batches.progress(jobId),
    backend.ledger.apis.version(apiName, apiVersion),
    webhooks.deliveries(job),
  ]);
  return {
    job_status: await jobStatusView(backend, { job, progress, deliveries }),
    metrics: metricsView(progress),
    api_spec: version ? apiSpecOf(version) : {},
    endpoint: endpointUrl(ctx, endpoint),
  };
}
