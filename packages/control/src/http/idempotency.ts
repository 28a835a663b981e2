import { createHash } from "node:crypto";
import { type Idempotency, MillraceError } from "@millrace/core";
import { z } from "zod";
import type { RequestContext } from "./types.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The header of operations that create a job, for the OpenAPI document. */
export const IDEMPOTENCY_HEADER = {
  "Idempotency-Key": z.string().regex(KEY).optional().meta({
    description: "Repeating a request with the same key returns the same job.",
    example: "nightly-2026-01-31",
  }),
};

/** The request's `Idempotency-Key`, with a fingerprint of the request. @throws {MillraceError} invalid_request */
export function idempotencyOf(ctx: RequestContext, body: Uint8Array | string): Idempotency | undefined {
  const { "idempotency-key": key } = ctx.headers;
  if (key === undefined) return undefined;
  // Also rejects an empty key: a client with an unset variable would create a new job each time.
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new MillraceError(
      "invalid_request",
      "Cannot use the Idempotency-Key: expected 1 to 255 printable ASCII characters without spaces",
      { details: { field: "Idempotency-Key" } },
    );
  }
  const hash = createHash("sha256")
    .update(ctx.method)
    .update("\n")
    .update(ctx.path)
    .update("\n")
    .update(body);
  return { key, fingerprint: hash.digest("hex") };
}
