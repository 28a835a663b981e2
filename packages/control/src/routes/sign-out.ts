import { MillraceError } from "@millrace/core";
import { writeSessionCookie } from "../http/session-cookie.ts";
import type { RequestContext, RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";

/** `DELETE /session`: signs the browser out, for a script. */
export function signOut(services: Pick<Services, "access">): RouteHandler {
  return async (ctx) => {
    await endSession(ctx, services);
    ctx.body = { message: "signed out" };
  };
}

/** `POST /session/end`: signs the browser out, for a form. */
export function signOutByForm(services: Pick<Services, "access">): RouteHandler {
  return async (ctx) => {
    await endSession(ctx, services);
    ctx.status = 303;
    ctx.redirect("/dashboard");
  };
}

/** The cookie is taken away, and would not be accepted any more. */
async function endSession(ctx: RequestContext, { access }: Pick<Services, "access">): Promise<void> {
  const { session } = ctx.state;
  if (session === undefined) {
    throw new MillraceError(
      "unauthorized",
      "Cannot sign out: the request came with the token, expected the session of a browser that is signed in",
    );
  }
  await access.sessions.end(session);
  writeSessionCookie(ctx, "", 0);
}
