import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { ObjectWriter } from "@millrace/core";
import { MultipartUpload } from "./multipart-upload.ts";
import { translateWriteError } from "./object-errors.ts";
import { versionOf } from "./object-stat.ts";
import { formatUri, type S3Location } from "./object-uri.ts";
import { PartBuffer } from "./part-buffer.ts";
import { partBytes } from "./part-size.ts";

/**
 * Writes one object: a PUT if it fits into one part, otherwise a multipart upload. Both are atomic. Holds one part
 * being filled and two in flight.
 */
export function openObjectWriter(s3: S3Client, location: S3Location): ObjectWriter {
  const uri = formatUri(location);
  const upload = new MultipartUpload(s3, location);
  let buffer = new PartBuffer(partBytes(1));
  let sizeBytes = 0;
  let state: "open" | "committed" | "aborted" = "open";
  /** One write at a time. After an error it stays rejected, so that nothing is written after the gap. */
  let tail = Promise.resolve();

  const gather = async (chunk: Uint8Array) => {
    for (let rest = chunk; rest.length > 0; ) {
      if (buffer.isFull) {
        await upload.add(buffer.bytes);
        buffer = new PartBuffer(partBytes(upload.parts + 1));
      }
      const taken = buffer.add(rest);
      sizeBytes += taken;
      rest = rest.subarray(taken);
    }
  };
  const put = async () => {
    const { bucket, key } = location;
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: buffer.bytes,
      ContentLength: buffer.bytes.length,
    });
    return (await s3.send(command)).ETag;
  };
  /** Runs `work`; if it fails, the upload ends. */
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await upload.abort();
      throw translateWriteError(error, uri);
    }
  };
  const end = (next: "committed" | "aborted") => {
    if (state !== "open") throw new TypeError(`Cannot write "${uri}": the writer is ${state}`);
    state = next;
  };
  return {
    write: async (chunk) => {
      if (state !== "open") throw new TypeError(`Cannot write "${uri}": the writer is ${state}`);
      tail = tail.then(() => guard(() => gather(chunk)));
      await tail;
    },
    commit: async () => {
      end("committed");
      await tail;
      return await guard(async () => {
        if (upload.parts === 0) return { uri, sizeBytes, version: versionOf(await put()) };
        await upload.add(buffer.bytes);
        return { uri, sizeBytes, version: versionOf(await upload.complete()) };
      });
    },
    abort: async () => {
      if (state !== "open") return;
      end("aborted");
      await upload.abort();
    },
  };
}
