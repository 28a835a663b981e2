import { Metrics } from "../metrics/metrics.ts";
import { text } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

const EXAMPLE = `# TYPE millrace_jobs gauge
millrace_jobs{api="image-classifier",status="running"} 1
`;

export const getMetrics = route({
  id: "getMetrics",
  tag: "service",
  method: "get",
  path: "/metrics",
  summary: "Metrics of jobs, workers, requests and the service, for Prometheus",
  query: "ignored",
  responses: answers(text(EXAMPLE)),
  handler: (services) => async (ctx) => {
    ctx.body = await services.metrics.render();
    ctx.type = Metrics.contentType;
  },
});
