import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import {
  type BatchQueue,
  decodeBatch,
  type Lease,
  type LeaseOptions,
  type Logger,
  type ObjectStore,
} from "@millrace/core";
import { awsErrorName, translated } from "../aws/aws-errors.ts";
import { recordPlan } from "../ledger/plan.ts";
import type { ReleasedCounts } from "../ledger/released.ts";
import { inGroups } from "./in-groups.ts";
import { isNoQueue, type QueueUrls } from "./queue-urls.ts";
import { sendBatches } from "./send-batches.ts";

const RECEIVE_MAX = 10;
const RECEIVES_AT_ONCE = 8;
const MAX_WAIT_SECONDS = 20;

export interface SqsBatchQueueOptions {
  readonly sqs: SQSClient;
  readonly urls: QueueUrls;
  /** Where a job's batches are recorded before they are queued. */
  readonly objects: ObjectStore;
  /** Deliveries that do not count. */
  readonly released: Pick<ReleasedCounts, "add" | "of">;
  readonly logger: Logger;
}

/**
 * The queue of a job's batches: a standard SQS queue. It delivers at least once, without strict order, and its counts
 * are approximate; the ledger knows what is done and what is left.
 */
export function sqsBatchQueue(options: SqsBatchQueueOptions): BatchQueue {
  const { sqs, urls, objects } = options;
  return {
    create: (jobId) => urls.create(jobId),
    send: async (jobId, entries) => {
      // Record it first: a queued batch must be known even after its queue is gone.
      await recordPlan(
        objects,
        jobId,
        entries.map(({ batch }) => batch),
      );
      await sendBatches(options, jobId, entries);
    },
    lease: (jobId, lease) => leaseBatches(options, jobId, lease),
    extend: async (jobId, receipts, leaseSeconds) => {
      const url = await urls.find(jobId);
      if (url === undefined) return [...receipts];
      return changeVisibility(sqs, url, { receipts, seconds: leaseSeconds }).catch((error: unknown) => {
        if (!isNoQueue(error)) throw error;
        urls.forget(jobId);
        return [...receipts];
      });
    },
    ack: async (jobId, receipts) => {
      const url = await urls.find(jobId);
      if (url !== undefined) await deleteMessages(sqs, url, receipts);
    },
    release: async (jobId, receipts, { delayMs = 0, unstarted = [] } = {}) => {
      const url = await urls.find(jobId);
      // Record it first: a batch redelivered before that would be suspected of ending its worker.
      await options.released.add(jobId, unstarted);
      const seconds = Math.ceil(delayMs / 1_000);
      if (url === undefined) return;
      await forgivingNoQueue(() => changeVisibility(sqs, url, { receipts, seconds }));
    },
    counts: (jobId) => countMessages(options, jobId),
    delete: (jobId) => urls.delete(jobId),
  };
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
  // A full answer means that there are more: make several requests at once until an answer is not full.
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
  return uncounted(options, jobId, await toLeases(options, url, messages));
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
    // The queue was deleted with the job, or 120,000 messages are in flight, which others will release.
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
      // Not one of ours: left in the queue, it would be redelivered forever.
      logger.error("removed a message that is not a batch", { queue: url, error });
      strangers.push(ReceiptHandle);
    }
  }
  if (strangers.length > 0) await deleteMessages(sqs, url, strangers);
  return leases.toSorted((a, b) => a.batch.first - b.batch.first);
}

/**
 * Subtracts the deliveries of batches released unstarted. Only looks up those delivered more than once, which are few.
 */
async function uncounted(
  { released }: SqsBatchQueueOptions,
  jobId: string,
  leases: readonly Lease[],
): Promise<readonly Lease[]> {
  const again = leases.filter(({ receiveCount }) => receiveCount > 1);
  const counts = new Map<string, number>();
  for (let from = 0; from < again.length; from += 100) {
    const ranges = again.slice(from, from + 100).map(({ batch }) => batch);
    for (const [range, count] of await released.of(jobId, ranges)) counts.set(range, count);
  }
  return leases.map((lease) => {
    const count = counts.get(`${lease.batch.first}-${lease.batch.count}`) ?? 0;
    return count === 0 ? lease : { ...lease, receiveCount: Math.max(1, lease.receiveCount - count) };
  });
}

/** Returns the receipts that SQS no longer knows. */
async function changeVisibility(
  sqs: SQSClient,
  url: string,
  { receipts, seconds }: { readonly receipts: readonly string[]; readonly seconds: number },
): Promise<readonly string[]> {
  const refused = await inGroups(receipts, {
    call: (group) =>
      translated("extend leases", () =>
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
      ),
  });
  // An entry that failed because of SQS may still be leased: the next heartbeat tells.
  return refused.filter(({ why }) => why.SenderFault === true).map(({ entry }) => entry);
}

async function deleteMessages(sqs: SQSClient, url: string, receipts: readonly string[]): Promise<void> {
  // A message that cannot be deleted is redelivered and settled again: its commit is a duplicate.
  await forgivingNoQueue(() =>
    inGroups(receipts, {
      call: (group) =>
        translated("remove batches", () =>
          sqs.send(
            new DeleteMessageBatchCommand({
              QueueUrl: url,
              Entries: group.map(({ id, entry }) => ({ Id: id, ReceiptHandle: entry })),
            }),
          ),
        ),
    }),
  );
}

/** A missing queue needs no change: its job is over. */
async function forgivingNoQueue<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isNoQueue(error)) return undefined;
    throw error;
  }
}

async function countMessages(
  { sqs, urls }: SqsBatchQueueOptions,
  jobId: string,
): Promise<{ readonly queued: number; readonly leased: number }> {
  const url = await urls.find(jobId);
  if (url === undefined) return { queued: 0, leased: 0 };
  const answer = await forgivingNoQueue(() =>
    translated("count batches", () =>
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
    ),
  );
  const attributes: Readonly<Record<string, string>> = answer?.Attributes ?? {};
  const count = (name: string) => Number(attributes[`ApproximateNumberOfMessages${name}`] ?? 0);
  return { queued: count("") + count("Delayed"), leased: count("NotVisible") };
}
