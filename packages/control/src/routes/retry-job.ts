import {
  type ApiVersion,
  type Backend,
  isTerminal,
  type Job,
  type JobSpec,
  MillraceError,
} from "@millrace/core";
import { ulid } from "ulid";
import { findJob } from "../http/find-job.ts";
import { idempotencyOf } from "../http/idempotency.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { answerJob } from "./answer-job.ts";
import { apiByName } from "./get-api.ts";

/**
 * `POST /<endpoint>/<id>/retry`: a new job over the items without an output, on the API's current version:
 * the predictor was fixed meanwhile.
 */
export function retryJob({ backend, enqueuer, now }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const parent = await findJob(backend, param(ctx, "endpoint"), param(ctx, "id"));
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
  };
}

async function checkRetryable(backend: Backend, parent: Job): Promise<void> {
  const { jobId } = parent.spec;
  const refuse = (state: string) =>
    new MillraceError("conflict", `Cannot retry job "${jobId}": ${state}`, {
      details: { job_id: jobId, status: parent.status },
    });
  if (!isTerminal(parent.status)) {
    throw refuse(`it is ${parent.status}, expected a job that is over; wait for it or stop it`);
  }
  if (parent.totalItems === undefined) {
    throw refuse("its dataset was never enqueued whole; submit it again instead");
  }
  for await (const _batch of backend.ledger.batches.unfinished(jobId)) return;
  throw refuse("every item has an output, so there is nothing to do again");
}

/** What the parent was asked, once more; its timeout counts anew. */
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
