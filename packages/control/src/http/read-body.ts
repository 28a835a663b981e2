import type { IncomingMessage } from "node:http";
import { MillraceError } from "@millrace/core";

export interface BodyLimit {
  readonly limitBytes: number;
  /** What the user can do when the body is too large. */
  readonly wayOut: string;
}

/**
 * Passes the request's body to `onChunk`, chunk by chunk; a returned promise delays the next chunk.
 *
 * Throwing out of a `for await` over the request would leave the connection unusable for the next one, so a body that
 * is too large is read to the end and discarded while the error is sent.
 *
 * @throws {MillraceError} payload_too_large, unsupported_media_type, invalid_request when the client disconnected
 */
export function consumeBody(
  request: IncomingMessage,
  limit: BodyLimit,
  onChunk: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let receivedBytes = 0;
    const settle = (error?: unknown) => {
      request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      if (error === undefined) return resolve();
      // A late error of an abandoned connection must not crash the process.
      request.on("error", () => {});
      request.resume();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (receivedBytes > limit.limitBytes) return settle(tooLarge(limit));
      const pending = onChunk(chunk);
      if (!pending) return;
      request.pause();
      pending.then(() => request.resume(), settle);
    };
    const onEnd = () => settle();
    const onClose = () =>
      settle(new MillraceError("invalid_request", "Cannot read the body: the client closed the connection"));
    const refusal = refuseByHeaders(request, limit);
    if (refusal) return settle(refusal);
    // Already closed before a listener was attached, for example while a file was opened for it: there will be no
    // event.
    if (request.destroyed) return onClose();
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

/** The whole body. @throws as {@link consumeBody} */
export async function readBody(request: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await consumeBody(request, limit, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

function refuseByHeaders(request: IncomingMessage, limit: BodyLimit): MillraceError | undefined {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") return isEncoded(encoding);
  return Number(request.headers["content-length"] ?? 0) > limit.limitBytes ? tooLarge(limit) : undefined;
}

export function isEncoded(encoding: string): MillraceError {
  return new MillraceError(
    "unsupported_media_type",
    `Cannot read a body with Content-Encoding "${encoding}": expected none`,
  );
}

export function tooLarge(limit: BodyLimit): MillraceError {
  return new MillraceError(
    "payload_too_large",
    `Cannot read the body: larger than ${limit.limitBytes} bytes; ${limit.wayOut}`,
    { details: { limit_bytes: limit.limitBytes } },
  );
}
