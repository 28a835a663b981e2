import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Logger } from "@millrace/core";
import { translated } from "../aws/aws-errors.ts";

const WAIT_SECONDS = 20;
const AFTER_ERROR_MS = 5_000;

/**
 * Reads the events that AWS Batch sends to a queue through EventBridge. They may be late, duplicated and out of order,
 * so they only tell which job to ask about.
 */
export class EventReader {
  readonly #sqs: SQSClient;
  readonly #queue: string;
  readonly #logger: Logger;
  readonly #onJob: (batchJobId: string) => void;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;

  constructor(options: {
    readonly sqs: SQSClient;
    /** The queue's name. */
    readonly queue: string;
    readonly logger: Logger;
    /** Called with the id of a job or child that changed. */
    readonly onJob: (batchJobId: string) => void;
  }) {
    this.#sqs = options.sqs;
    this.#queue = options.queue;
    this.#logger = options.logger;
    this.#onJob = options.onJob;
    this.#reading = this.#readAll();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#stop;
    let url: string | undefined;
    while (!signal.aborted) {
      try {
        url ??= await this.#findQueue();
        await this.#readOnce(url, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#logger.warn("cannot read events of AWS Batch", { error });
        await delay(AFTER_ERROR_MS, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  async #findQueue(): Promise<string> {
    const { QueueUrl } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName: this.#queue }));
    return QueueUrl as string;
  }

  async #readOnce(url: string, signal: AbortSignal): Promise<void> {
    const { Messages = [] } = await translated("read events of AWS Batch", () =>
      this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: WAIT_SECONDS }),
        { abortSignal: signal },
      ),
    );
    for (const { Body = "" } of Messages) {
      const id = jobOf(Body);
      if (id !== undefined) this.#onJob(id);
    }
    if (Messages.length === 0) return;
    await this.#sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
  }
}

/** The job id in an event about a job; undefined for any other event. */
function jobOf(body: string): string | undefined {
  try {
    const event = JSON.parse(body) as { source?: unknown; detail?: { jobId?: unknown } } | null;
    const id = event?.detail?.jobId;
    return event?.source === "aws.batch" && typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
