import type { Logger } from "@millrace/core";
import { ulid } from "ulid";
import type { Middleware } from "../http/types.ts";

/** Assigns the request an id, which the response returns in `X-Request-Id`; a client's own id is kept if it is safe. */
export function requestId(logger: Logger): Middleware {
  return async function requestIdMiddleware(ctx, next) {
    const given = ctx.get("x-request-id");
    ctx.state.requestId = /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : ulid();
    ctx.state.logger = logger.child({ request_id: ctx.state.requestId });
    ctx.set("X-Request-Id", ctx.state.requestId);
    await next();
  };
}
