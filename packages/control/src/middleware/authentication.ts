import { createHash, timingSafeEqual } from "node:crypto";
import { MillraceError } from "@millrace/core";
import type { Middleware } from "../http/types.ts";

/** Paths that answer without a token. */
export const PUBLIC_PATHS: readonly string[] = ["/healthz", "/readyz"];

/** Asks for `Authorization: Bearer <token>` on every path but {@link PUBLIC_PATHS}, also on unknown ones. */
export function authentication(token: string): Middleware {
  const expected = digest(token);
  return async function authenticationMiddleware(ctx, next) {
    if (!PUBLIC_PATHS.includes(ctx.path)) {
      const given = /^Bearer +(\S+) *$/i.exec(ctx.get("authorization"))?.[1];
      // Digests are of one length, so that the comparison tells nothing, not even how long the token is.
      if (given === undefined || !timingSafeEqual(digest(given), expected)) {
        throw new MillraceError(
          "unauthorized",
          `Cannot accept the request: ${given === undefined ? "no token" : "wrong token"}, expected the header "Authorization: Bearer <token>" with the token of the service's file "token"`,
        );
      }
    }
    await next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
