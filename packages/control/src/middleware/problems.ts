import type { MillraceError } from "@millrace/core";
import { answerPage } from "../http/answer-page.ts";
import { problemView, toMillraceError } from "../http/problem-view.ts";
import type { Middleware, RequestContext } from "../http/types.ts";
import { signInView } from "../views/sign-in-view.ts";

/** The only place where errors become responses: `application/problem+json`, or the sign-in page for a browser. */
export function problems(): Middleware {
  return async function problemsMiddleware(ctx, next) {
    try {
      await next();
    } catch (thrown) {
      const error = toMillraceError(thrown);
      const problem = problemView(error, ctx.state.requestId);
      if (problem.status >= 500) ctx.state.logger.error("request failed", { error: thrown });
      await answer(ctx, error);
    }
  };
}

async function answer(ctx: RequestContext, error: MillraceError): Promise<void> {
  const problem = problemView(error, ctx.state.requestId);
  // If the page cannot be built, the original error must still be reported.
  const page = await signInView(ctx, error).catch((failure: unknown) => {
    ctx.state.logger.error("sign-in page failed", { error: failure });
    return undefined;
  });
  ctx.status = problem.status;
  if (page === undefined) {
    ctx.body = JSON.stringify(problem);
    ctx.type = "application/problem+json";
  } else answerPage(ctx, page);
  if (error.code === "unauthorized") ctx.set("WWW-Authenticate", 'Bearer realm="millrace"');
  const allow = error.details.allow;
  if (error.code === "method_not_allowed" && Array.isArray(allow)) ctx.set("Allow", allow.join(", "));
  const { retry_after_seconds: seconds = 1 } = error.details;
  if (problem.status === 429 || problem.status === 503) ctx.set("Retry-After", String(seconds));
}
