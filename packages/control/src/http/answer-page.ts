import { buildDashboard } from "@millrace/dashboard";
import type { RequestContext } from "./types.ts";

/** True for a browser that opens an address; programs that accept anything get JSON. */
export function prefersHtml(ctx: RequestContext): boolean {
  return ctx.accepts("json", "html") === "html";
}

/** Sends an HTML page of the service. It is never cached: after signing out, "back" must not show it. */
export function answerPage(ctx: RequestContext, html: string): void {
  ctx.type = "html";
  ctx.set("Cache-Control", "no-store");
  ctx.body = html;
}

/** One page for all addresses; its script renders the address. */
export async function answerDashboard(ctx: RequestContext): Promise<void> {
  answerPage(ctx, (await buildDashboard()).indexHtml);
}
