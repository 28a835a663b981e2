import { type ApiVersion, type Backend, isTerminal, type Job, type JobSpec } from "@millrace/core";
import { JobViewSchema } from "@millrace/core/schemas";
import { ulid } from "ulid";
import { apiByName } from "../http/find-api.ts";
import { findJob } from "../http/find-job.ts";
import { IDEMPOTENCY_HEADER, idempotencyOf } from "../http/idempotency.ts";
import { notToBeRetried } from "../http/refusals.ts";
import { json } from "../openapi/contents.ts";
import { JOB_MADE } from "../openapi/job-made.ts";
import { answers } from "../openapi/operation.ts";
import { answerJob } from "../submission/answer-job.ts";
import { route } from "./route.ts";

/** Uses the API's current version, since the predictor may have been fixed. */
export const retryJob = route({
  id: "retryJob",
  tag: "jobs",
  method: "post",
  path: "/{endpoint}/{id}/retry",
  summary: "Create a new job for the items without an output",
  header: IDEMPOTENCY_HEADER,
  responses: { ...JOB_MADE, ...answers(json(JobViewSchema), [404, 409]) },
  handler:
    ({ backend, enqueuer, now }) =>
    async (ctx) => {
      const parent = await findJob(backend, ctx.params.endpoint, ctx.params.id);
      const idempotency = idempotencyOf(ctx, "");
      const earlier = idempotency && (await backend.ledger.jobs.findIdempotent(idempotency));
      if (earlier) return answerJob(ctx, earlier, false);
      await checkRetryable(backend, parent);
      const api = await apiByName(backend, parent.spec.apiName);
      const spec = retrySpec(parent, api, { jobId: ulid(), createdAtMs: now() });
      const { job, created } = await backend.ledger.jobs.create(spec, {
        ofDeployedApi: true,
        ...(idempotency && { idempotency }),
      });
      if (created) enqueuer.enqueue(job.spec.jobId);
      answerJob(ctx, job, created);
    },
});

async function checkRetryable(backend: Backend, parent: Job): Promise<void> {
  const { jobId } = parent.spec;
  const job = { jobId, status: parent.status };
  if (!isTerminal(parent.status)) throw notToBeRetried(job);
  if (parent.totalItems === undefined) {
    throw notToBeRetried(job, "its dataset was never completely enqueued; submit it again instead");
  }
  for await (const _batch of backend.ledger.batches.unfinished(jobId)) return;
  throw notToBeRetried(job, "every item has an output, so there is nothing to retry");
}

/** The parent's spec again; its timeout starts anew. */
function retrySpec(
  parent: Job,
  api: ApiVersion,
  identity: { readonly jobId: string; readonly createdAtMs: number },
): JobSpec {
  return {
    ...parent.spec,
    ...identity,
    apiVersion: api.version,
    endpoint: api.spec.networking.endpoint,
    dataset: { kind: "retry", parentJobId: parent.spec.jobId },
  };
}
