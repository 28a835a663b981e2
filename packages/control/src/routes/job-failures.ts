import type { Backend, Logger } from "@millrace/core";
import { failedBlocks } from "../failures/failed-blocks.ts";
import { FailureReader } from "../failures/failure-reader.ts";
import { findJob } from "../http/find-job.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { sendNdjson } from "../streams/ndjson-body.ts";

/** `GET /<endpoint>/<id>/failures`: the job's failed items in input order, with what went wrong and what they were. */
export function getJobFailures({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const job = await findJob(backend, param(ctx, "endpoint"), param(ctx, "id"));
    await sendNdjson(ctx, failureLines(backend, job.spec.jobId, ctx.state.logger));
  };
}

async function* failureLines(backend: Backend, jobId: string, logger: Logger): AsyncGenerator<string> {
  const reader = new FailureReader(backend, jobId, logger);
  for await (const failed of failedBlocks(backend, jobId)) {
    for (const text of await reader.texts(failed)) yield `${text}\n`;
  }
}
