import { health } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

export const getHealth = route({
  id: "getHealth",
  tag: "service",
  method: "get",
  path: "/healthz",
  summary: "Check that the process responds",
  isPublic: true,
  query: "ignored",
  responses: answers(health("ok")),
  handler: () => (ctx) => {
    ctx.body = { status: "ok" };
  },
});
