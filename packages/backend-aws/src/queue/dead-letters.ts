import { GetQueueUrlCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { batchId, type DeadLetter, type DeadLetters, MillraceError } from "@millrace/core";
import { translateAwsError, translated } from "../aws/aws-errors.ts";
import { inGroups } from "./in-groups.ts";
import { isNoQueue } from "./queue-urls.ts";

interface QueueArn {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

const FIELD = "sqs_dead_letter_queue.arn";

/** The user's dead-letter queues, which may be in another region than the cluster. */
export class SqsDeadLetters implements DeadLetters {
  readonly #client: (region: string) => SQSClient;
  readonly #urls = new Map<string, Promise<{ readonly client: SQSClient; readonly url: string }>>();

  /** `client` makes a client for a region. */
  constructor(client: (region: string) => SQSClient) {
    this.#client = client;
  }

  async check(queueArn: string): Promise<void> {
    try {
      await this.#queue(queueArn);
    } catch (error) {
      const isDenied = error instanceof MillraceError && error.code === "backend_misconfigured";
      if (!isNoQueue(error) && !isDenied) throw error;
      throw invalid(queueArn, "there is no such queue, or its policy does not let Millrace see it");
    }
  }

  async send(queueArn: string, letters: readonly DeadLetter[]): Promise<void> {
    const doing = `send to the dead-letter queue "${queueArn}"`;
    const { client, url } = await this.#queue(queueArn).catch((error: unknown) => {
      throw isNoQueue(error) ? gone(queueArn, error) : error;
    });
    const refused = await inGroups(letters, {
      call: (group) =>
        translated(doing, () =>
          client.send(
            new SendMessageBatchCommand({
              QueueUrl: url,
              Entries: group.map(({ id, entry }) => ({
                Id: id,
                MessageBody: JSON.stringify(toMessage(entry)),
              })),
            }),
          ),
        ).catch((error: unknown) => {
          throw isNoQueue(error) ? gone(queueArn, error) : error;
        }),
    });
    const [first] = refused;
    if (!first) return;
    const why = `${first.why.Code}: ${first.why.Message ?? "no reason given"}`;
    throw new MillraceError("unavailable", `Cannot ${doing}: ${why}`);
  }

  #queue(queueArn: string): Promise<{ readonly client: SQSClient; readonly url: string }> {
    const known = this.#urls.get(queueArn) ?? this.#find(queueArn);
    this.#urls.set(queueArn, known);
    known.catch(() => this.#urls.delete(queueArn));
    return known;
  }

  async #find(queueArn: string): Promise<{ readonly client: SQSClient; readonly url: string }> {
    const { region, account, name } = parseArn(queueArn);
    const client = this.#client(region);
    try {
      const input = { QueueName: name, QueueOwnerAWSAccountId: account };
      const { QueueUrl } = await client.send(new GetQueueUrlCommand(input));
      return { client, url: QueueUrl as string };
    } catch (error) {
      throw translateAwsError(error, `find the dead-letter queue "${queueArn}"`);
    }
  }
}

function parseArn(arn: string): QueueArn {
  const match = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80})$/.exec(arn);
  if (!match) throw invalid(arn, "expected arn:aws:sqs:<region>:<account>:<name> of a standard queue");
  const [, region = "", account = "", name = ""] = match;
  return { region, account, name };
}

function invalid(arn: string, problem: string): MillraceError {
  return new MillraceError("invalid_submission", `${FIELD}: ${problem} (got ${JSON.stringify(arn)})`, {
    details: { field: FIELD },
  });
}

function gone(queueArn: string, cause: unknown): MillraceError {
  return new MillraceError(
    "backend_misconfigured",
    `Cannot send to the dead-letter queue "${queueArn}": it is gone; failed items are still in the job's failures`,
    { cause },
  );
}

/** A message for the user's queue: ids and the location of the items, never the items themselves. */
function toMessage({ jobId, apiName, batch, payload, error }: DeadLetter) {
  return {
    job_id: jobId,
    api_name: apiName,
    batch_id: batchId(batch),
    first_index: batch.first,
    count: batch.count,
    payload: payload.map(({ uri, format, start, end }) => ({ uri, format, start, end })),
    error,
  };
}
