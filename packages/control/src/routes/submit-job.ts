import type { ApiVersion, Idempotency, Job, JobSpec } from "@millrace/core";
import { parseSubmission, type Submission } from "@millrace/core/schemas";
import { ulid } from "ulid";
import { findApi } from "../http/find-job.ts";
import { idempotencyOf } from "../http/idempotency.ts";
import { parseJson } from "../http/parse-json.ts";
import { booleanQuery, queryOf } from "../http/query.ts";
import { readBody } from "../http/read-body.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { checkCapabilities } from "../submission/check-capabilities.ts";
import { writeItems } from "../submission/write-items.ts";
import { answerJob } from "./answer-job.ts";
import { answerDryRun } from "./dry-run.ts";

const WAY_OUT = "write the items to a file, one JSON value a line, and submit it as delimited_files";

/** `POST /<endpoint>`: submits a job; `?dryRun=true` only says what it would read. */
export function submitJob(services: Services): RouteHandler {
  const { backend, limits } = services;
  return async (ctx) => {
    const dryRun = booleanQuery("dryRun", queryOf(ctx, ["dryRun"]).dryRun);
    const api = await findApi(backend, param(ctx, "endpoint"));
    const body = await readBody(ctx.req, { limitBytes: limits.requestBytes, wayOut: WAY_OUT });
    const submission = parseSubmission(parseJson(body), { api: api.spec });
    checkCapabilities(submission, backend.capabilities);
    if (submission.sqsDeadLetterQueue) await backend.deadLetters?.check(submission.sqsDeadLetterQueue.arn);
    // Of a dry run, too: it tells of all that the submission itself would be refused for.
    const idempotency = idempotencyOf(ctx, body);
    if (dryRun) return answerDryRun(ctx, backend, submission);
    const earlier = idempotency && (await backend.ledger.jobs.findIdempotent(idempotency));
    if (earlier) return answerJob(ctx, earlier, false);
    const { job, created } = await createJob(services, { api, submission, idempotency });
    answerJob(ctx, job, created);
  };
}

/** The items are an object before the job is one: whoever finds the job finds its items. */
async function createJob(
  { backend, enqueuer, now }: Services,
  options: {
    readonly api: ApiVersion;
    readonly submission: Submission;
    readonly idempotency: Idempotency | undefined;
  },
): Promise<{ readonly job: Job; readonly created: boolean }> {
  const { api, submission, idempotency } = options;
  const { items, ...asked } = submission;
  const { objects, ledger } = backend;
  const jobId = ulid();
  const spec: JobSpec = {
    ...asked,
    jobId,
    apiName: api.name,
    apiVersion: api.version,
    endpoint: api.spec.networking.endpoint,
    createdAtMs: now(),
  };
  let kept = false;
  try {
    if (items) await writeItems(objects, objects.jobUri(jobId, "items.ndjson"), items);
    const { job, created } = await ledger.jobs.create(spec, {
      ofDeployedApi: true,
      ...(idempotency && { idempotency }),
    });
    kept = created;
    if (created) enqueuer.enqueue(jobId);
    return { job, created };
  } finally {
    // Another request with the same key was faster, or the ledger refused.
    if (!kept && items) await objects.removeAll(objects.jobUri(jobId, ""));
  }
}
