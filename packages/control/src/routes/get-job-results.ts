import { type Backend, isTerminal, type Job, writtenRows } from "@millrace/core";
import { ResultRowSchema } from "@millrace/core/schemas";
import { findJob } from "../http/find-job.ts";
import { ndjson } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { sendNdjson } from "../streams/ndjson-body.ts";
import { route } from "./route.ts";

const ROWS = {
  output: { index: 0, id: "s3://bucket/images/1.jpg", output: { label: "cat", score: 0.98 } },
  error: {
    index: 17,
    id: "s3://bucket/images/18.jpg",
    error: { code: "predictor_error", message: "ValueError: cannot identify image file", attempts: 3 },
  },
};

/**
 * While the job runs, the rows so far; once it is over, its output parts, which for a retry include the rows of its
 * parent. The headers `Millrace-Job-Status`, `Millrace-Items-Total` (once known), `-Succeeded` and `-Failed` contain
 * the job's counts.
 */
export const getJobResults = route({
  id: "getJobResults",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}/results",
  summary: "Result rows in input order; for a running job, the rows written so far",
  responses: answers(ndjson(ResultRowSchema, ROWS), [404]),
  handler:
    ({ backend }) =>
    async (ctx) => {
      const job = await findJob(backend, ctx.params.endpoint, ctx.params.id);
      const progress = await backend.ledger.batches.progress(job.spec.jobId);
      ctx.set("Millrace-Job-Status", job.status);
      if (progress.totalItems !== undefined) ctx.set("Millrace-Items-Total", String(progress.totalItems));
      ctx.set("Millrace-Items-Succeeded", String(progress.succeededItems));
      ctx.set("Millrace-Items-Failed", String(progress.failedItems));
      await sendNdjson(ctx, resultBytes(backend, job));
    },
});

async function* resultBytes(backend: Backend, job: Job): AsyncGenerator<string | Uint8Array> {
  if (isTerminal(job.status) && job.output) return yield* writtenRows(backend, job.output);
  for await (const block of backend.ledger.batches.results(job.spec.jobId)) yield block.rows;
}
