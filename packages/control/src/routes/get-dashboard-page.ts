import { answerDashboard } from "../http/answer-page.ts";
import { html } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

export const getDashboardPage = route({
  id: "getDashboardPage",
  tag: "browsers",
  method: "get",
  path: "/dashboard/{path}",
  summary: "The dashboard, at any of its paths",
  query: "ignored",
  responses: answers(html()),
  handler: () => answerDashboard,
});
