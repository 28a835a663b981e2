import { type Backend, isTerminal, type Job, writtenRows } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { sendNdjson } from "../streams/ndjson-body.ts";

/**
 * `GET /<endpoint>/<id>/results`: one row an item, in input order. While the job runs, the rows that are there;
 * once it is over, its output parts, which for a retry hold the rows of its parent, too.
 * Headers `Millrace-Job-Status`, `Millrace-Items-Total` (once known), `-Succeeded`, `-Failed` say what the job counted.
 */
export function getJobResults({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const job = await findJob(backend, param(ctx, "endpoint"), param(ctx, "id"));
    const progress = await backend.ledger.batches.progress(job.spec.jobId);
    ctx.set("Millrace-Job-Status", job.status);
    if (progress.totalItems !== undefined) ctx.set("Millrace-Items-Total", String(progress.totalItems));
    ctx.set("Millrace-Items-Succeeded", String(progress.succeededItems));
    ctx.set("Millrace-Items-Failed", String(progress.failedItems));
    await sendNdjson(ctx, resultBytes(backend, job));
  };
}

async function* resultBytes(backend: Backend, job: Job): AsyncGenerator<string | Uint8Array> {
  if (isTerminal(job.status) && job.output) return yield* writtenRows(backend, job.output);
  for await (const block of backend.ledger.batches.results(job.spec.jobId)) yield block.rows;
}
