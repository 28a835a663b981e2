import { MillraceError } from "@millrace/core";
import { buildDashboard } from "@millrace/dashboard";
import { z } from "zod";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

/** Content of any type. */
const asset = { "*/*": { schema: { type: "string" as const, format: "binary" } } };

/** Immutable, since its name contains a hash of its content. */
export const getDashboardAsset = route({
  id: "getDashboardAsset",
  tag: "browsers",
  method: "get",
  path: "/dashboard/assets/{name}",
  summary: "A script, stylesheet or picture of the dashboard",
  isPublic: true,
  params: { name: z.string().meta({ example: "main-PPAINO6C.js" }) },
  query: "ignored",
  responses: { ...answers(asset, [404]), "304": { description: "Not changed" } },
  handler: () => async (ctx) => {
    const { name } = ctx.params;
    const asset = (await buildDashboard()).files.get(name);
    if (asset === undefined) {
      throw new MillraceError(
        "not_found",
        `Cannot find asset "${name}": the dashboard has none of that name`,
      );
    }
    // One by one: given a list, Koa would choose the encoding that the browser names first.
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
  },
});
