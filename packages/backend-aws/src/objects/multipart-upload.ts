import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { S3Location } from "./object-uri.ts";

const PARTS_IN_FLIGHT = 2;

/** One multipart upload. Its first error ends it; {@link abort} then leaves nothing behind. */
export class MultipartUpload {
  readonly #s3: S3Client;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  readonly #parts: CompletedPart[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #uploadId: Promise<string | undefined> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #aborted: Promise<void> | undefined;

  constructor(s3: S3Client, { bucket, key }: S3Location) {
    this.#s3 = s3;
    this.#target = { Bucket: bucket, Key: key };
  }

  /** Number of parts added so far. */
  get parts(): number {
    return this.#parts.length;
  }

  /**
   * Sends a part, concurrently with others; waits while two are in flight. Throws the error of an earlier part, if any.
   */
  async add(body: Uint8Array): Promise<void> {
    this.#uploadId ??= this.#create();
    await this.#uploadId;
    while (this.#inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#throwFailure();
    const part: CompletedPart = { PartNumber: this.#parts.length + 1 };
    this.#parts.push(part);
    const sending = this.#send(part, body)
      .catch((error) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  /** Creates the object from the parts; returns its ETag. */
  async complete(): Promise<string | undefined> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    const { ETag } = await this.#s3.send(
      new CompleteMultipartUploadCommand({
        ...this.#target,
        UploadId: await this.#uploadId,
        MultipartUpload: { Parts: this.#parts },
      }),
    );
    return ETag;
  }

  /**
   * Drops all parts. Never throws: after a network failure, the bucket's lifecycle rule removes the rest. Idempotent.
   */
  abort(): Promise<void> {
    this.#aborted ??= this.#drop();
    return this.#aborted;
  }

  async #drop(): Promise<void> {
    this.#failure ??= { error: new Error("the upload was aborted") };
    this.#stop.abort();
    // A part that arrives after the upload was aborted would remain.
    await Promise.all(this.#inFlight);
    const uploadId = await this.#uploadId?.catch(() => undefined);
    if (uploadId === undefined) return;
    await this.#s3
      .send(new AbortMultipartUploadCommand({ ...this.#target, UploadId: uploadId }))
      .catch(() => {});
  }

  /** Without the signal: we must learn the id of an upload that S3 started, to be able to abort it. */
  async #create(): Promise<string | undefined> {
    return (await this.#s3.send(new CreateMultipartUploadCommand(this.#target))).UploadId;
  }

  async #send(part: CompletedPart, body: Uint8Array): Promise<void> {
    const { ETag } = await this.#s3.send(
      new UploadPartCommand({
        ...this.#target,
        UploadId: await this.#uploadId,
        PartNumber: part.PartNumber,
        Body: body,
      }),
      { abortSignal: this.#stop.signal },
    );
    part.ETag = ETag;
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
