import { buildDashboard } from "@millrace/dashboard";
import { answerPage } from "../http/answer-page.ts";
import { html } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

/**
 * `GET /session/start#<code>`: the page that a sign-in link opens. The code is in the fragment, which browsers do not
 * send: it appears in no log of ours or of a proxy and in no `Referer`, and link previews do not use it up. The page's
 * script posts it.
 */
export const getSignInPage = route({
  id: "getSignInPage",
  tag: "browsers",
  method: "get",
  path: "/session/start",
  summary: "The page that a sign-in link opens, with the link's code in the fragment",
  isPublic: true,
  query: "ignored",
  responses: answers(html()),
  handler: () => async (ctx) => answerPage(ctx, (await buildDashboard()).startHtml),
});
