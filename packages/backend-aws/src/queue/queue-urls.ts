import { setTimeout as delay } from "node:timers/promises";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { awsErrorName, translated } from "../aws/aws-errors.ts";
import type { AwsConfig } from "../aws/config.ts";

/** The longest that SQS allows: the default, four days, is shorter than a wait for GPUs can be. */
const RETENTION_SECONDS = 14 * 24 * 3_600;
const WAIT_SECONDS = 20;
const VISIBILITY_SECONDS = 30;

/** The queues of jobs: one each, named after the job. A deleted name is blocked for 60 s, but no name is used twice. */
export class QueueUrls {
  readonly #sqs: SQSClient;
  readonly #config: Pick<AwsConfig, "cluster" | "queueSettleSeconds">;
  readonly #urls = new Map<string, string>();

  constructor(sqs: SQSClient, config: Pick<AwsConfig, "cluster" | "queueSettleSeconds">) {
    this.#sqs = sqs;
    this.#config = config;
  }

  /** Creates the job's queue, or finds it. */
  async create(jobId: string): Promise<void> {
    // The cached URL may be of a queue that somebody has deleted.
    this.forget(jobId);
    const existing = await this.find(jobId);
    if (existing !== undefined) return;
    const { QueueUrl } = await translated(`create the queue of job "${jobId}"`, () =>
      this.#sqs.send(
        new CreateQueueCommand({
          QueueName: this.#name(jobId),
          Attributes: {
            VisibilityTimeout: String(VISIBILITY_SECONDS),
            MessageRetentionPeriod: String(RETENTION_SECONDS),
            ReceiveMessageWaitTimeSeconds: String(WAIT_SECONDS),
            SqsManagedSseEnabled: "true",
          },
          tags: { "millrace:cluster": this.#config.cluster, "millrace:job": jobId },
        }),
      ),
    );
    this.#urls.set(jobId, QueueUrl as string);
    // "You must wait at least one second after the queue is created before you can use it" (SQS API, CreateQueue).
    await delay(this.#config.queueSettleSeconds * 1_000);
  }

  /** The queue's URL, or undefined when there is none (yet or any more). */
  async find(jobId: string): Promise<string | undefined> {
    const known = this.#urls.get(jobId);
    if (known !== undefined) return known;
    try {
      const { QueueUrl } = await translated(`find the queue of job "${jobId}"`, () =>
        this.#sqs.send(new GetQueueUrlCommand({ QueueName: this.#name(jobId) })),
      );
      if (QueueUrl !== undefined) this.#urls.set(jobId, QueueUrl);
      return QueueUrl;
    } catch (error) {
      if (isNoQueue(error)) return undefined;
      throw error;
    }
  }

  async delete(jobId: string): Promise<void> {
    const url = await this.find(jobId);
    if (url === undefined) return;
    this.#urls.delete(jobId);
    try {
      await translated(`delete the queue of job "${jobId}"`, () =>
        this.#sqs.send(new DeleteQueueCommand({ QueueUrl: url })),
      );
    } catch (error) {
      if (!isNoQueue(error)) throw error;
    }
  }

  /** Called when the queue is gone: it will be looked up again. */
  forget(jobId: string): void {
    this.#urls.delete(jobId);
  }

  #name(jobId: string): string {
    return queueName(this.#config.cluster, jobId);
  }
}

/** At most 80 characters: 32 for the cluster's name, 26 for the job's id. */
export function queueName(cluster: string, jobId: string): string {
  return `${cluster}-job-${jobId}`;
}

/** True when SQS says, directly or through a translated error, that the queue does not exist. */
export function isNoQueue(error: unknown): boolean {
  const cause = (error as { cause?: unknown } | undefined)?.cause ?? error;
  return /QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently/.test(awsErrorName(cause));
}
