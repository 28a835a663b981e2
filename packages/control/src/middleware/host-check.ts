import { MillraceError } from "@millrace/core";
import type { Middleware } from "../http/types.ts";
import { PUBLIC_PATHS } from "./authentication.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Refuses requests that name another host: a web page whose name was rebound to loopback
 * (DNS rebinding) would otherwise reach the service as if it were local.
 */
export function hostCheck(allowedHosts: readonly string[]): Middleware {
  const allowed = new Set([...LOOPBACK, ...allowedHosts.map(bracketed)]);
  return async function hostCheckMiddleware(ctx, next) {
    const name = hostName(ctx.get("host"));
    // Load balancers ask for its health by address, and it tells nothing.
    if (!allowed.has(name) && !PUBLIC_PATHS.includes(ctx.path)) {
      throw new MillraceError(
        "host_not_allowed",
        `Cannot serve host "${name}": expected one of ${[...allowed].join(", ")}; add it to MILLRACE_ALLOWED_HOSTS`,
      );
    }
    await next();
  };
}

/** The host without its port, in lower case. */
function hostName(header: string): string {
  return header.replace(/:\d*$/, "").toLowerCase();
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host.toLowerCase();
}
