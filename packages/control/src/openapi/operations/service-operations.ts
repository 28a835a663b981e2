import { z } from "zod";
import { json, text } from "../contents.ts";
import { answers, type Operation } from "../operation.ts";

const METRICS = `# TYPE millrace_jobs gauge
millrace_jobs{api="image-classifier",status="running"} 1
`;

const index = z
  .object({
    name: z.string().meta({ example: "millrace" }),
    openapi: z.string().meta({ description: "URL.", example: "http://127.0.0.1:8080/openapi.json" }),
    apis: z.string().meta({ description: "URL.", example: "http://127.0.0.1:8080/apis" }),
  })
  .meta({ id: "Index", description: "Where to look next." });

const document = z.record(z.string(), z.unknown()).meta({
  description: "An OpenAPI 3.1 document.",
  example: { openapi: "3.1.0", info: { title: "Millrace", version: "0.1.0" }, paths: {} },
});

function health(status: string) {
  return json(z.object({ status: z.string().meta({ example: status }) }));
}

export const SERVICE_OPERATIONS: readonly Operation[] = [
  {
    id: "getRoot",
    tag: "service",
    method: "get",
    path: "/",
    summary: "Where to look next",
    responses: { ...answers(json(index)), "302": { description: "A browser goes to the dashboard" } },
  },
  {
    id: "getHealth",
    tag: "service",
    method: "get",
    path: "/healthz",
    summary: "The process answers",
    isPublic: true,
    responses: answers(health("ok")),
  },
  {
    id: "getReadiness",
    tag: "service",
    method: "get",
    path: "/readyz",
    summary: "The service takes requests",
    isPublic: true,
    responses: answers(health("ready"), [503]),
  },
  {
    id: "getMetrics",
    tag: "service",
    method: "get",
    path: "/metrics",
    summary: "Metrics of jobs, workers, requests and the service, for Prometheus",
    responses: answers(text(METRICS)),
  },
  {
    id: "getOpenApi",
    tag: "service",
    method: "get",
    path: "/openapi.json",
    summary: "This document",
    responses: answers(json(document)),
  },
];
