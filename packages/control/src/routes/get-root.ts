import { z } from "zod";
import { prefersHtml } from "../http/answer-page.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

const index = z
  .object({
    name: z.string().meta({ example: "millrace" }),
    openapi: z.string().meta({ description: "URL.", example: "http://127.0.0.1:8080/openapi.json" }),
    apis: z.string().meta({ description: "URL.", example: "http://127.0.0.1:8080/apis" }),
  })
  .meta({ id: "Index", description: "Links to the OpenAPI document and the APIs." });

/** Browsers get the dashboard. */
export const getRoot = route({
  id: "getRoot",
  tag: "service",
  method: "get",
  path: "/",
  summary: "Links to the OpenAPI document and the APIs",
  query: "ignored",
  responses: { ...answers(json(index)), "302": { description: "A browser is redirected to the dashboard" } },
  handler: () => (ctx) => {
    ctx.vary("Accept");
    if (prefersHtml(ctx)) return ctx.redirect("/dashboard");
    ctx.body = {
      name: "millrace",
      openapi: `${ctx.state.serviceUrl}/openapi.json`,
      apis: `${ctx.state.serviceUrl}/apis`,
    };
  },
});
