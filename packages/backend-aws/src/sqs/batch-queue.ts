import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import {
  type BatchQueue,
  type Lease,
  type LeaseOptions,
  type Logger,
  MillraceError,
  type ObjectStore,
  type QueueEntry,
} from "@millrace/core";
import { awsErrorName, translated } from "../aws-errors.ts";
import { decodeBatch, encodeBatch } from "../descriptor.ts";
import { recordPlan } from "../plan.ts";
import { inGroups } from "./in-groups.ts";
import { isNoQueue, type QueueUrls } from "./queue-urls.ts";

const RECEIVE_MAX = 10;
const RECEIVES_AT_ONCE = 8;
const MAX_WAIT_SECONDS = 20;
/** The longest that SQS hides a message (12 h) or delays one (15 min). */
const MAX_DELAY_SECONDS = 900;

export interface SqsBatchQueueOptions {
  readonly sqs: SQSClient;
  readonly urls: QueueUrls;
  /** Where the batches of a job are written down before they are queued. */
  readonly objects: ObjectStore;
  readonly logger: Logger;
}

/**
 * The queue of a job's batches: a standard queue of SQS. It delivers at least once and in no strict order, and its counts
 * are approximate; what is done and what is left is in the ledger.
 */
export function sqsBatchQueue(options: SqsBatchQueueOptions): BatchQueue {
  const { sqs, urls, objects } = options;
  return {
    create: (jobId) => urls.create(jobId),
    send: async (jobId, entries) => {
      // First where they stay: a batch that was queued must be known after its queue is gone.
      await recordPlan(
        objects,
        jobId,
        entries.map(({ batch }) => batch),
      );
      await sendEntries(options, jobId, entries);
    },
    lease: (jobId, lease) => leaseBatches(options, jobId, lease),
    extend: async (jobId, receipts, leaseSeconds) => {
      const url = await urls.find(jobId);
      if (url === undefined) return [...receipts];
      return changeVisibility(sqs, url, { receipts, seconds: leaseSeconds });
    },
    ack: async (jobId, receipts) => {
      const url = await urls.find(jobId);
      if (url !== undefined) await deleteMessages(sqs, url, receipts);
    },
    release: async (jobId, receipts, { delayMs = 0 } = {}) => {
      const url = await urls.find(jobId);
      const seconds = Math.ceil(delayMs / 1_000);
      if (url !== undefined) await changeVisibility(sqs, url, { receipts, seconds });
    },
    counts: (jobId) => countMessages(options, jobId),
    delete: (jobId) => urls.delete(jobId),
  };
}

async function sendEntries(
  { sqs, urls }: SqsBatchQueueOptions,
  jobId: string,
  entries: readonly QueueEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const url = await urls.find(jobId);
  if (url === undefined) throw noQueue(jobId);
  const refused = await inGroups(entries, {
    call: (group) =>
      translated(`send to the queue of job "${jobId}"`, () =>
        sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: url,
            Entries: group.map(({ id, entry: { batch, delayMs = 0 } }) => ({
              Id: id,
              MessageBody: encodeBatch(batch),
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

function noQueue(jobId: string): MillraceError {
  return new MillraceError("unavailable", `Cannot use the queue of job "${jobId}": there is none`, {
    details: { job_id: jobId },
  });
}

async function leaseBatches(
  options: SqsBatchQueueOptions,
  jobId: string,
  { max, leaseSeconds, waitMs = 0, signal }: LeaseOptions,
): Promise<readonly Lease[]> {
  const url = await options.urls.find(jobId);
  if (url === undefined) return [];
  const receive = (wanted: number, waitSeconds: number) =>
    receiveMessages(options, {
      url,
      jobId,
      max: Math.min(wanted, RECEIVE_MAX),
      leaseSeconds,
      waitSeconds,
      ...(signal && { signal }),
    });
  const waitSeconds = Math.min(MAX_WAIT_SECONDS, Math.ceil(waitMs / 1_000));
  const messages = [...(await receive(max, waitSeconds))];
  // A full answer says that there is more: ask several times at once, until answers are not full any more.
  let last = messages.length === RECEIVE_MAX;
  while (last && messages.length < max) {
    const calls = Math.min(RECEIVES_AT_ONCE, Math.ceil((max - messages.length) / RECEIVE_MAX));
    const room = max - messages.length;
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, i) => receive(room - i * RECEIVE_MAX, 0)),
    );
    const got = answers.flat();
    messages.push(...got);
    last = got.length * 2 >= Math.min(room, calls * RECEIVE_MAX);
  }
  return toLeases(options, url, messages);
}

async function receiveMessages(
  { sqs, urls }: SqsBatchQueueOptions,
  options: {
    readonly url: string;
    readonly jobId: string;
    readonly max: number;
    readonly leaseSeconds: number;
    readonly waitSeconds: number;
    readonly signal?: AbortSignal;
  },
): Promise<readonly Message[]> {
  const { url, jobId, max, leaseSeconds, waitSeconds, signal } = options;
  try {
    const { Messages = [] } = await translated(`receive from the queue of job "${jobId}"`, () =>
      sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: max,
          VisibilityTimeout: leaseSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        }),
        signal && waitSeconds > 0 ? { abortSignal: signal } : {},
      ),
    );
    return Messages;
  } catch (error) {
    if (signal?.aborted) return [];
    // Deleted with the job; or 120,000 messages are in flight, which others will bring back.
    if (isNoQueue(error)) urls.forget(jobId);
    if (isNoQueue(error) || /OverLimit/.test(awsErrorName((error as Error).cause))) return [];
    throw error;
  }
}

async function toLeases(
  { sqs, logger }: SqsBatchQueueOptions,
  url: string,
  messages: readonly Message[],
): Promise<readonly Lease[]> {
  const leases: Lease[] = [];
  const strangers: string[] = [];
  for (const { Body = "", ReceiptHandle = "", Attributes } of messages) {
    try {
      leases.push({
        batch: decodeBatch(Body),
        receipt: ReceiptHandle,
        receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
      });
    } catch (error) {
      // Somebody else's: left there it would come back for ever.
      logger.error("message is no batch, removed", { queue: url, error });
      strangers.push(ReceiptHandle);
    }
  }
  if (strangers.length > 0) await deleteMessages(sqs, url, strangers);
  return leases.toSorted((a, b) => a.batch.first - b.batch.first);
}

/** Returns the receipts that SQS did not know any more. */
async function changeVisibility(
  sqs: SQSClient,
  url: string,
  { receipts, seconds }: { readonly receipts: readonly string[]; readonly seconds: number },
): Promise<readonly string[]> {
  const refused = await inGroups(receipts, {
    call: (group) =>
      forgivingNoQueue(
        () =>
          sqs.send(
            new ChangeMessageVisibilityBatchCommand({
              QueueUrl: url,
              Entries: group.map(({ id, entry }) => ({
                Id: id,
                ReceiptHandle: entry,
                VisibilityTimeout: seconds,
              })),
            }),
          ),
        "extend leases",
      ),
  });
  // An entry that SQS failed to change by its own fault may still be ours: its next heartbeat tells.
  return refused.filter(({ why }) => why.SenderFault === true).map(({ entry }) => entry);
}

async function deleteMessages(sqs: SQSClient, url: string, receipts: readonly string[]): Promise<void> {
  // One that cannot be deleted comes back, and is settled again: its commit is a duplicate.
  await inGroups(receipts, {
    call: (group) =>
      forgivingNoQueue(
        () =>
          sqs.send(
            new DeleteMessageBatchCommand({
              QueueUrl: url,
              Entries: group.map(({ id, entry }) => ({ Id: id, ReceiptHandle: entry })),
            }),
          ),
        "remove batches",
      ),
  });
}

/** A queue that is gone has nothing to change: its job is over. */
async function forgivingNoQueue<T extends object>(
  work: () => Promise<T>,
  doing: string,
): Promise<T | Record<string, never>> {
  try {
    return await translated(doing, work);
  } catch (error) {
    if (isNoQueue(error)) return {};
    throw error;
  }
}

async function countMessages(
  { sqs, urls }: SqsBatchQueueOptions,
  jobId: string,
): Promise<{ readonly queued: number; readonly leased: number }> {
  const url = await urls.find(jobId);
  if (url === undefined) return { queued: 0, leased: 0 };
  const answer = await forgivingNoQueue(
    () =>
      sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
          ],
        }),
      ),
    "count batches",
  );
  const { Attributes = {} } = answer as { readonly Attributes?: Readonly<Record<string, string>> };
  const count = (name: string) => Number(Attributes[`ApproximateNumberOfMessages${name}`] ?? 0);
  return { queued: count("") + count("Delayed"), leased: count("NotVisible") };
}
