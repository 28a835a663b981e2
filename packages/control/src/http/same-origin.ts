import { MillraceError } from "@millrace/core";
import type { RequestContext } from "./types.ts";

/** Sent by the dashboard with every request that changes something; a form of another page cannot send it. */
export const CSRF_HEADER = "X-Millrace-CSRF";

/**
 * Refuses a form that a page of another origin sent.
 *
 * Browsers say it in `Sec-Fetch-Site` where the address is HTTPS or loopback, elsewhere only `Origin` is left.
 *
 * @throws {MillraceError} cross_origin_refused
 */
export function requireSameOrigin(ctx: RequestContext): void {
  const site = ctx.get("sec-fetch-site");
  const isSame = site === "" ? ctx.get("origin") === ctx.state.serviceUrl : site === "same-origin";
  if (!isSame) throw fromElsewhere(ctx, ctx.state.serviceUrl);
}

/**
 * Refuses what a page of another origin made the browser send with the cookie. `SameSite` is not enough for that:
 * a site is a host without its port, so every other service on this machine is of the same site.
 *
 * @throws {MillraceError} cross_origin_refused
 */
export function refuseForeign(ctx: RequestContext): void {
  if (ctx.method === "GET" || ctx.method === "HEAD") {
    // Following a link to one of our pages is no harm; loading data into another's page is refused.
    const isPage = ctx.get("sec-fetch-dest") === "document";
    if (isPage || ["", "none", "same-origin"].includes(ctx.get("sec-fetch-site"))) return;
    throw refusal(ctx, "a page of another origin asks for it");
  }
  requireSameOrigin(ctx);
  const isForm = ctx.method === "POST" && ctx.path === "/session/end";
  if (!isForm && ctx.get(CSRF_HEADER) !== "1") {
    throw refusal(ctx, `expected the header "${CSRF_HEADER}: 1" with what a session changes`);
  }
}

export function fromElsewhere(
  request: Pick<RequestContext, "method" | "path">,
  serviceUrl: string,
): MillraceError {
  return refusal(request, `it does not come from a page of ${serviceUrl}`);
}

function refusal(request: Pick<RequestContext, "method" | "path">, why: string): MillraceError {
  return new MillraceError("cross_origin_refused", `Cannot ${request.method} "${request.path}": ${why}`);
}
