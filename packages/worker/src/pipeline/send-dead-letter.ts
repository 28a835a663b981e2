import {
  type BatchDescriptor,
  type DeadLetter,
  type ItemError,
  isMillraceError,
  type WorkerBackend,
} from "@millrace/core";
import type { WorkerContext } from "../run/context.ts";
import { persist } from "./persist.ts";

/**
 * Sends a batch that failed for good to the job's dead-letter queue, if it has one: before its rows are committed, so that
 * a worker that dies in between sends it twice rather than never. A queue that is gone does not stop the job.
 */
export async function sendDeadLetter(
  { backend, job, logger }: WorkerContext,
  { batch, error }: { readonly batch: BatchDescriptor; readonly error: ItemError },
): Promise<void> {
  const { deadLetters } = backend;
  const arn = job.sqsDeadLetterQueue?.arn;
  if (!deadLetters || arn === undefined) return;
  const { jobId, apiName } = job;
  try {
    const payload = await persist(() => payloadOf(backend, jobId, batch), { logger });
    await persist(() => deadLetters.send(arn, [{ jobId, apiName, batch, payload, error }]), { logger });
  } catch (cause) {
    if (!isMillraceError(cause, "backend_misconfigured")) throw cause;
    logger.error("dead letter not sent", { error: cause });
    const text = `batch of items ${batch.first} to ${batch.first + batch.count - 1} not sent to the dead-letter queue: ${cause.message}`;
    await backend.logs.append(jobId, null, [{ timeMs: Date.now(), level: "error", worker: null, text }]);
  }
}

async function payloadOf(
  { ledger, objects }: WorkerBackend,
  jobId: string,
  { segments }: BatchDescriptor,
): Promise<DeadLetter["payload"]> {
  return Promise.all(
    segments.map(async ({ source, start, end }) => {
      const { uri, format } = await ledger.batches.source(jobId, source);
      return { uri: objects.display(uri), format, start, end };
    }),
  );
}
