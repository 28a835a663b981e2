import {
  type Attempt,
  type Backend,
  type BatchDescriptor,
  BatchReader,
  type FailureView,
  type Logger,
  type ResultBlock,
} from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { jsonLine, sendNdjson } from "../streams/ndjson-body.ts";
import { timeView } from "../views/time-view.ts";

/** `GET /<endpoint>/<id>/failures`: the job's failed items in input order, with what went wrong and what they were. */
export function getJobFailures({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const job = await findJob(backend, param(ctx, "endpoint"), param(ctx, "id"));
    sendNdjson(ctx, failureLines(backend, job.spec.jobId, ctx.state.logger));
  };
}

async function* failureLines(backend: Backend, jobId: string, logger: Logger): AsyncGenerator<string> {
  const { batches } = backend.ledger;
  const reader = new BatchReader({ objects: backend.objects, source: (id) => batches.source(jobId, id) });
  // Both in input order: the blocks have the rows, the descriptors say where the items' bytes are.
  const descriptors = batches.unfinished(jobId)[Symbol.asyncIterator]();
  try {
    let next = await descriptors.next();
    for await (const block of batches.results(jobId, { failedOnly: true })) {
      while (!next.done && next.value.first < block.first) next = await descriptors.next();
      const batch = !next.done && isSameRange(next.value, block) ? next.value : undefined;
      const payloads = await readPayloads(reader, batch, logger);
      const attempts = (await batches.attempts(jobId, block)).map(attemptView);
      for (const [i, row] of block.rows.split("\n").slice(0, block.count).entries()) {
        yield failureLine(row, payloads?.[i], attempts);
      }
    }
  } finally {
    await descriptors.return?.();
  }
}

function isSameRange(batch: BatchDescriptor, block: ResultBlock): boolean {
  return batch.first === block.first && batch.count === block.count;
}

/** The items' JSON texts; undefined when the input cannot be read any more. */
async function readPayloads(
  reader: BatchReader,
  batch: BatchDescriptor | undefined,
  logger: Logger,
): Promise<readonly string[] | undefined> {
  if (!batch) return undefined;
  try {
    const [loaded] = await reader.read([batch]);
    return loaded?.items;
  } catch (error) {
    logger.warn("payload of a failed batch not readable", { error });
    return undefined;
  }
}

function failureLine(row: string, payload: string | undefined, attempts: FailureView["attempts"]): string {
  const { index, id, error } = JSON.parse(row) as Pick<FailureView, "index" | "id" | "error">;
  // The payload is put in as it was written: parsing it would round its long numbers.
  const line = jsonLine({ index, id, error, payload: null, attempts });
  if (payload === undefined) return line;
  const place = `,"payload":null,"attempts":${JSON.stringify(attempts)}}\n`;
  return `${line.slice(0, -place.length)},"payload":${payload},"attempts":${JSON.stringify(attempts)}}\n`;
}

function attemptView(attempt: Attempt): FailureView["attempts"][number] {
  return {
    attempt: attempt.attempt,
    worker: attempt.worker,
    time: timeView(attempt.endedAtMs),
    code: attempt.error.code,
    type: attempt.error.type ?? null,
    message: attempt.error.message,
    traceback: attempt.error.traceback ?? null,
  };
}
