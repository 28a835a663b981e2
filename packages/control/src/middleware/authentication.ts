import { unauthorized } from "../http/refusals.ts";
import { refuseForeign } from "../http/same-origin.ts";
import { readSessionCookie, writeSessionCookie } from "../http/session-cookie.ts";
import type { Middleware, RequestContext } from "../http/types.ts";
import type { Access } from "../sessions/access.ts";
import { SESSION_MS } from "../sessions/sealed-session.ts";

/** Paths that need no token, with any host name. */
export const PUBLIC_PATHS: readonly string[] = ["/healthz", "/readyz"];

/**
 * Requires `Authorization: Bearer <token>` or a browser session on every path, including unknown ones, except
 * {@link PUBLIC_PATHS} and what a browser needs to sign in.
 */
export function authentication(access: Pick<Access, "isToken" | "sessions">): Middleware {
  return async function authenticationMiddleware(ctx, next) {
    if (!PUBLIC_PATHS.includes(ctx.path) && !isBeforeSignIn(ctx)) {
      if (ctx.get("authorization") === "") acceptSession(ctx, access.sessions);
      else acceptToken(ctx, access);
    }
    await next();
  };
}

/** None of these pages is secret, and they check their own input. */
function isBeforeSignIn({ method, path }: RequestContext): boolean {
  if (method === "POST") return path === "/session";
  if (method !== "GET" && method !== "HEAD") return false;
  return path === "/session/start" || path.startsWith("/dashboard/assets/");
}

function acceptToken(ctx: RequestContext, { isToken }: Pick<Access, "isToken">): void {
  const given = /^Bearer +(\S+) *$/i.exec(ctx.get("authorization"))?.[1];
  if (given === undefined || !isToken(given))
    throw unauthorized(given === undefined ? "no token" : "wrong token");
}

function acceptSession(ctx: RequestContext, sessions: Access["sessions"]): void {
  const cookie = readSessionCookie(ctx);
  const session = sessions.find(cookie);
  if (session === undefined) throw unauthorized(cookie === "" ? "no token" : "the session is over");
  refuseForeign(ctx);
  ctx.state.session = session;
  const renewed = sessions.renew(session);
  if (renewed) writeSessionCookie(ctx, sessions.seal(renewed), SESSION_MS / 1_000);
}
