import { MillraceError } from "@millrace/core";
import { buildDashboard } from "@millrace/dashboard";
import { answerPage } from "../http/answer-page.ts";
import type { RouteHandler } from "../http/types.ts";

/** `GET /dashboard/…`: one page for all addresses; its script shows what the address says. */
export function getDashboard(): RouteHandler {
  return async (ctx) => answerPage(ctx, (await buildDashboard()).indexHtml);
}

/** `GET /dashboard/assets/<name>`: never changes, since its name has a hash of its content. */
export function getDashboardAsset(): RouteHandler {
  return async (ctx) => {
    const { name = "" } = ctx.params;
    const asset = (await buildDashboard()).files.get(name);
    if (asset === undefined) {
      throw new MillraceError(
        "not_found",
        `Cannot find asset "${name}": the dashboard has none of that name`,
      );
    }
    // One by one: of several that a browser takes, Koa would take the one that it names first.
    const encoding = (["br", "gzip"] as const).find((name) => ctx.acceptsEncodings(name)) ?? "identity";
    ctx.vary("Accept-Encoding");
    ctx.set("Cache-Control", "public, max-age=31536000, immutable");
    ctx.etag = `${name}-${encoding}`;
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    if (encoding !== "identity") ctx.set("Content-Encoding", encoding);
    ctx.type = asset.type;
    ctx.body = Buffer.from(asset.bodies[encoding]);
  };
}
