import type { Middleware } from "../http/types.ts";

/** Logs each request when its response is known: method, path without the query, status, milliseconds. */
export function accessLog(): Middleware {
  return async function accessLogMiddleware(ctx, next) {
    const startMs = performance.now();
    await next();
    ctx.state.logger.info("request", {
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      duration_ms: Math.round(performance.now() - startMs),
    });
  };
}
