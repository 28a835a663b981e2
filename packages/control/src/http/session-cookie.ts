import type { RequestContext } from "./types.ts";

/** The session cookie's value; empty when there is none. */
export function readSessionCookie(ctx: RequestContext): string {
  return ctx.cookies.get(cookieName(ctx)) ?? "";
}

/**
 * Sends the browser its session. `HttpOnly`: no script can read it. `SameSite=Strict`: no other site's page sends it.
 *
 * Replaces a cookie set earlier in the same response, so that a session that was just ended is not renewed.
 */
export function writeSessionCookie(ctx: RequestContext, value: string, maxAgeSeconds: number): void {
  const secure = isSecure(ctx) ? "; Secure" : "";
  ctx.set(
    "Set-Cookie",
    `${cookieName(ctx)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}

/**
 * On plain HTTP it includes the port: cookies ignore ports, and two services on one machine would sign out each other's
 * browsers. On HTTPS it has a prefix: browsers then accept it only from this host, not from a sibling subdomain.
 */
function cookieName(ctx: RequestContext): string {
  if (isSecure(ctx)) return "__Host-millrace_session";
  return `millrace_session_${URL.parse(ctx.state.serviceUrl)?.port || "80"}`;
}

function isSecure(ctx: RequestContext): boolean {
  return ctx.state.serviceUrl.startsWith("https:");
}
