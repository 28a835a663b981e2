import { answerDashboard } from "../http/answer-page.ts";
import { html } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

export const getDashboard = route({
  id: "getDashboard",
  tag: "browsers",
  method: "get",
  path: "/dashboard",
  summary: "The dashboard",
  query: "ignored",
  responses: answers(html()),
  handler: () => answerDashboard,
});
