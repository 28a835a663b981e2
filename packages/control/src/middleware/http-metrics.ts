import type { Middleware } from "../http/types.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { RoutedState } from "./routing.ts";

/** Counts each request once its answer is known, by the pattern of its route: a path would be a new label for each job. */
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
