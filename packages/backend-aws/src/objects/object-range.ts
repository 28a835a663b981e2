import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { MillraceError } from "@millrace/core";
import { httpStatus } from "../aws/aws-errors.ts";
import { bodyBroken, inputChanged, translateReadError } from "./object-errors.ts";
import { statObject, versionOf } from "./object-stat.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

export interface RangeOptions {
  readonly start: number;
  /** Exclusive end; may be past the object's end, or Infinity. */
  readonly end: number;
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to one ranged GET; its body waits in the connection until it is read. */
export interface OpenRange {
  readonly version: string;
  /** Size of the whole object. */
  readonly objectBytes: number;
  /** Exclusive end of the bytes that follow: the requested end, or the object's. */
  readonly end: number;
  /** The bytes, once. If the connection breaks, it is reopened at the same place, with the same version. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Discards a range whose bytes are no longer needed. */
  close(): void;
}

/** Retries without any byte received in between; the SDK's own retries do not count. */
const BREAKS_IN_A_ROW = 5;
const FIRST_PAUSE_MS = 100;
/** A body that sends nothing for this long counts as broken; a slow consumer does not. */
const STALL_MS = 30_000;

/** Requests the bytes `[start, end)`; undefined when the object ends at or before `start`. */
export async function openRange(
  s3: S3Client,
  location: S3Location,
  options: RangeOptions,
): Promise<OpenRange | undefined> {
  const first = await getRange(s3, location, options);
  if (!first) return undefined;
  const { version, objectBytes } = first;
  const end = Math.min(options.end, objectBytes);
  const pinned = { end, version, signal: options.signal };
  let body: Readable | undefined = first.body;
  return {
    version,
    objectBytes,
    end,
    close: () => body?.destroy(),
    chunks: async function* () {
      let breaks = 0;
      for (let position = options.start; ; ) {
        let cause: unknown = new Error("the body ended too early");
        try {
          for await (const chunk of body ? bytesOf(body, options.signal) : []) {
            if (chunk.length > 0) breaks = 0;
            const wanted = chunk.subarray(0, end - position);
            position += wanted.length;
            yield wanted;
            if (wanted.length < chunk.length) return;
          }
        } catch (error) {
          cause = error;
        }
        if (position >= end) return;
        options.signal?.throwIfAborted();
        breaks += 1;
        if (breaks > BREAKS_IN_A_ROW) throw bodyBroken(formatUri(location), cause);
        await delay(FIRST_PAUSE_MS * 2 ** (breaks - 1) * (0.5 + Math.random() / 2), undefined, {
          ...(options.signal && { signal: options.signal }),
        }).catch(() => options.signal?.throwIfAborted());
        body = (await getRange(s3, location, { ...pinned, start: position }))?.body;
      }
    },
  };
}

interface RangeAnswer {
  readonly body: Readable | undefined;
  readonly version: string;
  readonly objectBytes: number;
}

async function getRange(
  s3: S3Client,
  location: S3Location,
  { start, end, version, signal }: RangeOptions,
): Promise<RangeAnswer | undefined> {
  signal?.throwIfAborted();
  const uri = formatUri(location);
  try {
    const answer = await s3.send(
      new GetObjectCommand({
        Bucket: location.bucket,
        Key: location.key,
        Range: `bytes=${start}-${end === Number.POSITIVE_INFINITY ? "" : end - 1}`,
        ...(version !== undefined && { IfMatch: `"${version}"` }),
      }),
      signal ? { abortSignal: signal } : {},
    );
    const body = answer.Body as Readable | undefined;
    // Nobody listens for its errors before it is read; reading it then fails.
    body?.on("error", () => {});
    const now = versionOf(answer.ETag);
    try {
      // Some S3-compatible stores ignore If-Match.
      if (version !== undefined && now !== version) throw inputChanged(uri, "it was changed");
      return { body, version: now, objectBytes: objectBytes(answer, { start, uri }) };
    } catch (error) {
      body?.destroy();
      throw error;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (httpStatus(error) === 416) return await pastTheEnd(s3, location, { version });
    throw translateReadError(error, { uri, bucket: location.bucket, verb: "read", version });
  }
}

function objectBytes(
  { ContentRange, ContentLength }: { ContentRange?: string | undefined; ContentLength?: number | undefined },
  { start, uri }: { readonly start: number; readonly uri: string },
): number {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? "") ?? [];
  if (Number(first) === start) return Number(total);
  if (ContentRange === undefined && start === 0 && ContentLength !== undefined) return ContentLength;
  throw new MillraceError(
    "internal",
    `Cannot read "${uri}": asked for the bytes from ${start} on, S3 answered with "${ContentRange ?? "all"}"`,
    { details: { uri } },
  );
}

/** S3 checks If-Match before the range. Checking again costs a request only here, and works with every store. */
async function pastTheEnd(
  s3: S3Client,
  location: S3Location,
  { version }: Pick<RangeOptions, "version">,
): Promise<undefined> {
  if (version === undefined) return;
  const now = await statObject(s3, location);
  if (now.version !== version) throw inputChanged(now.uri, "it was changed");
}

/** The bytes of a body, until the signal aborts or the body stalls. */
async function* bytesOf(body: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const stall = () =>
    setTimeout(() => body.destroy(new Error(`S3 sent nothing for ${STALL_MS} ms`)), STALL_MS);
  const stop = () => void body.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  let timer = stall();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      signal?.throwIfAborted();
      yield chunk;
      timer = stall();
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
