import type { Backend, Logger } from "@millrace/core";
import { FailureViewSchema } from "@millrace/core/schemas";
import { failedBlocks } from "../failures/failed-blocks.ts";
import { FailureReader } from "../failures/failure-reader.ts";
import { findJob } from "../http/find-job.ts";
import { ndjson } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { sendNdjson } from "../streams/ndjson-body.ts";
import { route } from "./route.ts";

/** In input order. */
export const getJobFailures = route({
  id: "getJobFailures",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}/failures",
  summary: "Failed items, with their errors, attempts and payloads",
  responses: answers(ndjson(FailureViewSchema), [404]),
  handler:
    ({ backend }) =>
    async (ctx) => {
      const job = await findJob(backend, ctx.params.endpoint, ctx.params.id);
      await sendNdjson(ctx, failureLines(backend, job.spec.jobId, ctx.state.logger));
    },
});

async function* failureLines(backend: Backend, jobId: string, logger: Logger): AsyncGenerator<string> {
  const reader = new FailureReader(backend, jobId, logger);
  for await (const failed of failedBlocks(backend, jobId)) {
    for (const text of await reader.texts(failed)) yield `${text}\n`;
  }
}
