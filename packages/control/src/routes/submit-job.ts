import type { ApiVersion, Idempotency, Job, JobSpec } from "@millrace/core";
import { JobViewSchema, parseSubmission, type Submission, SubmissionSchema } from "@millrace/core/schemas";
import { ulid } from "ulid";
import { apiAt } from "../http/find-api.ts";
import { IDEMPOTENCY_HEADER, idempotencyOf } from "../http/idempotency.ts";
import { parseJson } from "../http/parse-json.ts";
import { FLAG, optional } from "../http/query-fields.ts";
import { readBody } from "../http/read-body.ts";
import { json, text } from "../openapi/contents.ts";
import { JOB_MADE } from "../openapi/job-made.ts";
import { answers } from "../openapi/operation.ts";
import type { Services } from "../services.ts";
import { answerJob } from "../submission/answer-job.ts";
import { checkCapabilities } from "../submission/check-capabilities.ts";
import { answerDryRun } from "../submission/dry-run.ts";
import { ITEMS_IN_A_FILE, writeItems } from "../submission/write-items.ts";
import { route } from "./route.ts";

/** One for each kind of dataset. */
const SUBMISSIONS = {
  item_list: {
    workers: 1,
    item_list: {
      items: ["https://example.com/1.jpg", "https://example.com/2.jpg"],
      batch_size: 2,
    },
  },
  file_path_lister: {
    workers: 2,
    file_path_lister: { s3_paths: ["s3://bucket/images/"], includes: ["**.jpg"], batch_size: 64 },
    config: { threshold: 0.7 },
    timeout: 3_600,
  },
  delimited_files: {
    workers: 4,
    delimited_files: { s3_paths: ["s3://bucket/rows/"], batch_size: 1_000 },
    max_failed_items: 100,
    labels: { team: "vision" },
  },
};
const DRY_RUN = "s3://bucket/images/1.jpg\nvalidations passed\n";

export const submitJob = route({
  id: "submitJob",
  tag: "jobs",
  method: "post",
  path: "/{endpoint}",
  summary: "Submit a job",
  query: {
    dryRun: optional(FLAG, {
      description:
        "Only list the files that the job would read. Lines that start with `skipped` are files it would skip.",
    }),
  },
  header: IDEMPOTENCY_HEADER,
  requestBody: json(SubmissionSchema, SUBMISSIONS),
  responses: {
    ...JOB_MADE,
    ...answers({ ...json(JobViewSchema), ...text(DRY_RUN) }, [404, 409, 413, 415, 422]),
  },
  handler:
    (services) =>
    async (ctx, { dryRun }) => {
      const { backend, limits } = services;
      const api = await apiAt(backend, ctx.params.endpoint);
      const limitBytes = limits.requestBytes;
      const body = await readBody(ctx.req, { limitBytes, wayOut: ITEMS_IN_A_FILE });
      const submission = parseSubmission(parseJson(body), { api: api.spec });
      checkCapabilities(submission, backend.capabilities);
      if (submission.sqsDeadLetterQueue) await backend.deadLetters?.check(submission.sqsDeadLetterQueue.arn);
      // Also checked in a dry run, which reports everything for which the submission itself would be rejected.
      const idempotency = idempotencyOf(ctx, body);
      if (dryRun) return answerDryRun(ctx, backend, submission);
      const earlier = idempotency && (await backend.ledger.jobs.findIdempotent(idempotency));
      if (earlier) return answerJob(ctx, earlier, false);
      const { job, created } = await createJob(services, { api, submission, idempotency });
      answerJob(ctx, job, created);
    },
});

/** Writes the items before it creates the job, so that whoever finds the job also finds its items. */
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
    // Another request with the same key was faster, or the ledger rejected the job.
    if (!kept && items) await objects.removeAll(objects.jobUri(jobId, ""));
  }
}
