import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type BatchDescriptor, batchId, encodeBatch, MillraceError, type QueueEntry } from "@millrace/core";
import { translated } from "../aws/aws-errors.ts";
import { CALL_BYTES, inGroups } from "./in-groups.ts";
import type { QueueUrls } from "./queue-urls.ts";

/** The longest that SQS can delay a message. */
const MAX_DELAY_SECONDS = 900;

/** Sends all entries, or throws. Resends an entry that SQS reports as failed. */
export async function sendBatches(
  { sqs, urls }: { readonly sqs: SQSClient; readonly urls: QueueUrls },
  jobId: string,
  entries: readonly QueueEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const url = await urls.find(jobId);
  if (url === undefined) throw noQueue(jobId);
  const bodies = entries.map(({ batch, delayMs = 0 }) => ({ body: bodyOf(batch), delayMs }));
  const refused = await inGroups(bodies, {
    bytesOf: ({ body }) => body.length,
    call: (group) =>
      translated(`send to the queue of job "${jobId}"`, () =>
        sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: url,
            Entries: group.map(({ id, entry: { body, delayMs } }) => ({
              Id: id,
              MessageBody: body,
              DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.ceil(delayMs / 1_000)),
            })),
          }),
        ),
      ),
  });
  const [first] = refused;
  if (!first) return;
  throw new MillraceError(
    first.why.SenderFault ? "internal" : "unavailable",
    `Cannot queue ${refused.length} of ${entries.length} batches of job "${jobId}": ${first.why.Code}: ${first.why.Message ?? "no reason given"}`,
    { details: { job_id: jobId } },
  );
}

/** A batch over very many files has a segment for each: a message holds about 50,000 of them. */
function bodyOf(batch: BatchDescriptor): string {
  const body = encodeBatch(batch);
  if (body.length <= CALL_BYTES) return body;
  throw new MillraceError(
    "invalid_submission",
    `Cannot queue batch "${batchId(batch)}": its ${batch.count} items are in ${batch.segments.length} places, more than an SQS message can name; submit with a smaller batch_size`,
    { details: { field: "batch_size" } },
  );
}

function noQueue(jobId: string): MillraceError {
  return new MillraceError("unavailable", `Cannot use the queue of job "${jobId}": there is none`, {
    details: { job_id: jobId },
  });
}
