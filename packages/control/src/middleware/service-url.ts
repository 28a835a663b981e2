import type { Middleware } from "../http/types.ts";

/**
 * Sets the service's address for responses: behind a load balancer only the configuration knows the address that
 * clients use.
 */
export function serviceUrl(publicUrl: string | undefined): Middleware {
  return async function serviceUrlMiddleware(ctx, next) {
    // Koa's own `ctx.origin` is the Origin header.
    ctx.state.serviceUrl = publicUrl ?? `${ctx.protocol}://${ctx.host}`;
    await next();
  };
}
