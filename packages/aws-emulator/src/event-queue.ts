/** Sends AWS Batch events to a queue, as EventBridge does: one at a time, without delaying the job. */
export class EventQueue {
  readonly #sqsUrl: string;
  readonly #queueName: string;
  #queueUrl: string | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(sqsUrl: string, queueName: string) {
    this.#sqsUrl = sqsUrl;
    this.#queueName = queueName;
  }

  send(event: object): void {
    this.#sending = this.#sending
      .then(async () => {
        this.#queueUrl ??= (await this.#call("GetQueueUrl", { QueueName: this.#queueName }))
          .QueueUrl as string;
        await this.#call("SendMessage", { QueueUrl: this.#queueUrl, MessageBody: JSON.stringify(event) });
      })
      // Events may be lost: readers must work without them.
      .catch(() => {});
  }

  async close(): Promise<void> {
    await this.#sending;
  }

  /** Makes an SQS call without the SDK, which this package does not have. */
  async #call(operation: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(this.#sqsUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `AmazonSQS.${operation}`,
        authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request",
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${operation} answered ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  }
}
