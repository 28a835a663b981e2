import { MillraceError } from "@millrace/core";
import type { Access } from "../sessions/access.ts";
import { writeSessionCookie } from "./session-cookie.ts";
import type { RequestContext } from "./types.ts";

/** Ends the request's session: removes the cookie, and no longer accepts it. @throws {MillraceError} unauthorized */
export async function endSession(ctx: RequestContext, sessions: Access["sessions"]): Promise<void> {
  const { session } = ctx.state;
  if (session === undefined) {
    throw new MillraceError(
      "unauthorized",
      "Cannot sign out: the request came with the token, expected the session of a browser that is signed in",
    );
  }
  await sessions.end(session);
  writeSessionCookie(ctx, "", 0);
}
