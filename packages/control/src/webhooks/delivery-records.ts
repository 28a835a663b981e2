import {
  isMillraceError,
  type ObjectStore,
  textChunks,
  type WebhookDelivery,
  writeObject,
} from "@millrace/core";

const NAME = "webhook.json";

/** The deliveries of a job's webhook, stored as an object of the job. */
export class DeliveryRecords {
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async read(jobId: string): Promise<readonly WebhookDelivery[]> {
    try {
      const bytes = await this.#objects.read(this.#objects.jobUri(jobId, NAME));
      return JSON.parse(Buffer.from(bytes).toString("utf8")) as WebhookDelivery[];
    } catch (error) {
      if (isMillraceError(error, "object_not_found")) return [];
      throw error;
    }
  }

  async write(jobId: string, deliveries: readonly WebhookDelivery[]): Promise<void> {
    const uri = this.#objects.jobUri(jobId, NAME);
    await writeObject(this.#objects, uri, { chunks: textChunks([JSON.stringify(deliveries)]) });
  }
}
