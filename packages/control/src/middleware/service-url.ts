import type { Middleware } from "../http/types.ts";

/** Settles the address that answers name: behind a load balancer only the configuration knows what clients use. */
export function serviceUrl(publicUrl: string | undefined): Middleware {
  return async function serviceUrlMiddleware(ctx, next) {
    // Koa's own `ctx.origin` is the Origin header.
    ctx.state.serviceUrl = publicUrl ?? `${ctx.protocol}://${ctx.host}`;
    await next();
  };
}
