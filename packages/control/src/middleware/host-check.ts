import { MillraceError } from "@millrace/core";
import { hostNotAllowed } from "../http/refusals.ts";
import type { Middleware, RequestContext } from "../http/types.ts";
import { PUBLIC_PATHS } from "./authentication.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Rejects requests for another host: otherwise a web page whose name was rebound to loopback (DNS rebinding) could
 * reach the service as if it were local.
 */
export function hostCheck(allowedHosts: readonly string[]): Middleware {
  const allowed = new Set([...LOOPBACK, ...allowedHosts.map(bracketed)]);
  return async function hostCheckMiddleware(ctx, next) {
    refuseTwo(ctx);
    const name = hostName(ctx.get("host"));
    // Load balancers request the health paths by IP address, and these reveal nothing.
    if (!allowed.has(name) && !PUBLIC_PATHS.includes(ctx.path)) throw hostNotAllowed(name, allowed);
    await next();
  };
}

/**
 * With two headers, a proxy before us may have checked the other one (RFC 9112, 3.2). @throws {MillraceError}
 * invalid_request
 */
function refuseTwo(ctx: RequestContext): void {
  const names = ctx.req.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
  if (names.length > 1)
    throw new MillraceError(
      "invalid_request",
      "Cannot serve the request: it has two Host headers, expected one",
    );
}

/** The host without its port, in lower case. */
function hostName(header: string): string {
  return header.replace(/:\d*$/, "").toLowerCase();
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host.toLowerCase();
}
