import type { MillraceError } from "@millrace/core";
import { buildDashboard } from "@millrace/dashboard";
import { prefersHtml } from "../http/answer-page.ts";
import type { RequestContext } from "../http/types.ts";

/** The sign-in page if a browser should see that instead of an error; otherwise undefined. */
export async function signInView(ctx: RequestContext, error: MillraceError): Promise<string | undefined> {
  const isAboutSignIn = error.code === "unauthorized" || error.code === "too_many_requests";
  if (!isAboutSignIn || !prefersHtml(ctx)) return undefined;
  const isPost = ctx.method === "POST";
  const { signInHtml } = await buildDashboard();
  // A strict cookie is not sent with a link from elsewhere, such as a chat. If our own page repeats the request, it is.
  const reload = !isPost && ctx.get("sec-fetch-site") === "cross-site";
  return signInHtml({ problem: isPost ? error.message : undefined, reload });
}
