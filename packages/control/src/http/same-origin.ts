import { MillraceError } from "@millrace/core";
import type { RequestContext } from "./types.ts";

/** The dashboard sends it with every request that changes something; a form on another site cannot. */
const CSRF_HEADER = "X-Millrace-CSRF";

/**
 * Rejects a form that was sent by a page of another origin.
 *
 * Browsers send `Sec-Fetch-Site` only where the address is HTTPS or loopback; elsewhere only `Origin` is available.
 *
 * @throws {MillraceError} cross_origin_refused
 */
export function requireSameOrigin(ctx: RequestContext): void {
  const site = ctx.get("sec-fetch-site");
  const isSame = site === "" ? ctx.get("origin") === ctx.state.serviceUrl : site === "same-origin";
  if (!isSame) throw fromElsewhere(ctx, ctx.state.serviceUrl);
}

/**
 * Rejects requests with a session cookie that another origin's page triggered. `SameSite` is not sufficient: a site is
 * a host without its port, so every other service on this machine belongs to the same site.
 *
 * @throws {MillraceError} cross_origin_refused
 */
export function refuseForeign(ctx: RequestContext): void {
  if (ctx.method === "GET" || ctx.method === "HEAD") {
    // Following a link to one of our pages is harmless; loading data into another site's page is rejected.
    const isPage = ctx.get("sec-fetch-dest") === "document";
    if (isPage || ["", "none", "same-origin"].includes(ctx.get("sec-fetch-site"))) return;
    throw refusal(ctx, "the request comes from a page of another origin");
  }
  requireSameOrigin(ctx);
  const isForm = ctx.method === "POST" && ctx.path === "/session/end";
  if (!isForm && ctx.get(CSRF_HEADER) !== "1") {
    throw refusal(
      ctx,
      `expected the header "${CSRF_HEADER}: 1" on requests with which a session changes something`,
    );
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
