import type { JobStatusResponse } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { jobIdOf } from "../http/job-id.ts";
import { endpointUrl, param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { apiSpecOf } from "../views/api-view.ts";
import { jobStatusView } from "../views/job-status-view.ts";
import { metricsView } from "../views/metrics-view.ts";

/** `GET /<endpoint>/<id>` and `GET /<endpoint>?jobID=<id>` */
export function getJobStatus({ backend, webhooks }: Services): RouteHandler {
  return async (ctx) => {
    const job = await findJob(backend, param(ctx, "endpoint"), jobIdOf(ctx));
    const { jobId, apiName, apiVersion, endpoint } = job.spec;
    const [progress, version, deliveries] = await Promise.all([
      backend.ledger.batches.progress(jobId),
      backend.ledger.apis.version(apiName, apiVersion),
      webhooks.deliveries(job),
    ]);
    const body: JobStatusResponse = {
      job_status: await jobStatusView(backend, { job, progress, deliveries }),
      metrics: metricsView(progress),
      api_spec: version ? apiSpecOf(version) : {},
      endpoint: endpointUrl(ctx, endpoint),
    };
    ctx.body = body;
  };
}
