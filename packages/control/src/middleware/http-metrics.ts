import type { Middleware } from "../http/types.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { RoutedState } from "./routing.ts";

/**
 * Counts each request when its response is known, by its route pattern: a path would create a new label for each job.
 */
export function httpMetrics(metrics: Pick<Metrics, "request">): Middleware {
  return async function httpMetricsMiddleware(ctx, next) {
    const startMs = performance.now();
    try {
      await next();
    } finally {
      const { route } = ctx.state as RoutedState;
      const seconds = (performance.now() - startMs) / 1_000;
      metrics.request({ method: ctx.method, route, status: ctx.status, seconds });
    }
  };
}
