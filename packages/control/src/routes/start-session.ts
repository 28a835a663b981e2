import { buildDashboard } from "@millrace/dashboard";
import { answerPage } from "../http/answer-page.ts";
import type { RouteHandler } from "../http/types.ts";

/**
 * `GET /session/start#<code>`: what a sign-in link opens. The code is in the fragment, which browsers send to nobody: it is
 * in no log of ours or of a proxy, in no `Referer`, and previews of links do not use it up. The page's script posts it.
 */
export function startSession(): RouteHandler {
  return async (ctx) => answerPage(ctx, (await buildDashboard()).startHtml);
}
