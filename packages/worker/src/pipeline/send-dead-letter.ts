import {
  type BatchDescriptor,
  batchId,
  type DeadLetter,
  type ItemError,
  type WorkerBackend,
  waitOut,
} from "@millrace/core";
import type { WorkerContext } from "../context/worker-context.ts";

/**
 * Sends a batch that failed permanently to the job's dead-letter queue, if it has one. This happens before its rows are
 * committed, so that a worker that crashes in between sends it twice rather than never. A failing queue does not stop
 * the job: the failures are in the ledger anyway.
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
    const payload = await waitOut(() => payloadOf(backend, jobId, batch), { logger });
    await waitOut(() => deadLetters.send(arn, [{ jobId, apiName, batch, payload, error }]), { logger });
  } catch (cause) {
    logger.error("dead letter not sent", { batch: batchId(batch), error: cause });
    const items = `items ${batch.first} to ${batch.first + batch.count - 1}`;
    const text = `batch of ${items} not sent to the dead-letter queue: ${(cause as Error).message}`;
    const line = { timeMs: Date.now(), level: "error", worker: null, batch: batchId(batch), text } as const;
    await backend.logs
      .append(jobId, null, [line])
      .catch((error: unknown) => logger.error("log line not written", { error }));
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
