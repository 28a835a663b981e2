import { z } from "zod";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

const document = z.record(z.string(), z.unknown()).meta({
  description: "An OpenAPI 3.1 document.",
  example: { openapi: "3.1.0", info: { title: "Millrace", version: "0.1.0" }, paths: {} },
});

export const getOpenApi = route({
  id: "getOpenApi",
  tag: "service",
  method: "get",
  path: "/openapi.json",
  summary: "This document",
  query: "ignored",
  responses: answers(json(document)),
  handler: (services) => (ctx) => {
    ctx.body = services.openApi(ctx.state.serviceUrl);
  },
});
