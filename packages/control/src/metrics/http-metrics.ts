import { Counter, Histogram, type Registry } from "prom-client";

const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE"]);

/** One completed request. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern; absent: rejected before a route was found, or there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Creates the request metrics; returns the function that counts a request. */
export function createHttpMetrics(registry: Registry): (request: AnsweredRequest) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "millrace_http_requests_total",
    help: "HTTP requests answered, by route pattern and status, since the service started",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "millrace_http_request_duration_seconds",
    help: "Time until the response begins; for a stream, without the time it stays open",
    labelNames: ["method", "route"],
    buckets: REQUEST_SECONDS,
    registers,
  });
  return ({ status, seconds, ...request }) => {
    const labels = {
      method: METHODS.has(request.method) ? request.method : "other",
      route: request.route ?? "none",
    };
    requests.inc({ ...labels, status: String(status) });
    duration.observe(labels, seconds);
  };
}
