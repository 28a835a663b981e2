import type { RequestContext } from "./types.ts";

/** The session cookie's value; empty when there is none. */
export function readSessionCookie(ctx: RequestContext): string {
  return ctx.cookies.get(cookieName(ctx)) ?? "";
}

/**
 * Gives the browser its session. `HttpOnly`: no script reads it. `SameSite=Strict`: no other site's page sends it.
 *
 * In place of what was set before: a session that is ended is not renewed by the same answer.
 */
export function writeSessionCookie(ctx: RequestContext, value: string, maxAgeSeconds: number): void {
  const secure = isSecure(ctx) ? "; Secure" : "";
  ctx.set(
    "Set-Cookie",
    `${cookieName(ctx)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}

/**
 * With the port in it on plain HTTP: cookies do not know ports, and two services of one machine would sign each other's
 * browsers out. With the prefix on HTTPS: browsers then take it from this host alone, not from a neighbour's subdomain.
 */
function cookieName(ctx: RequestContext): string {
  if (isSecure(ctx)) return "__Host-millrace_session";
  return `millrace_session_${URL.parse(ctx.state.serviceUrl)?.port || "80"}`;
}

function isSecure(ctx: RequestContext): boolean {
  return ctx.state.serviceUrl.startsWith("https:");
}
