import type { MillraceError } from "@millrace/core";
import type { Middleware, RequestContext } from "../http/types.ts";
import { problemView, toMillraceError } from "../views/problem-view.ts";

/** The one place where errors become answers: `application/problem+json`. */
export function problems(): Middleware {
  return async function problemsMiddleware(ctx, next) {
    try {
      await next();
    } catch (thrown) {
      const error = toMillraceError(thrown);
      const problem = problemView(error, ctx.state.requestId);
      if (problem.status >= 500) ctx.state.logger.error("request failed", { error: thrown });
      answer(ctx, error);
    }
  };
}

function answer(ctx: RequestContext, error: MillraceError): void {
  const problem = problemView(error, ctx.state.requestId);
  ctx.status = problem.status;
  ctx.body = JSON.stringify(problem);
  ctx.type = "application/problem+json";
  if (error.code === "unauthorized") ctx.set("WWW-Authenticate", 'Bearer realm="millrace"');
  const allow = error.details.allow;
  if (error.code === "method_not_allowed" && Array.isArray(allow)) ctx.set("Allow", allow.join(", "));
  if (problem.status === 429 || problem.status === 503) ctx.set("Retry-After", "1");
}
