import { MillraceError, type SignInLinkView } from "@millrace/core";
import { SignInLinkSchema } from "@millrace/core/schemas";
import { json } from "../openapi/contents.ts";
import { timeView } from "../views/time-view.ts";
import { route } from "./route.ts";

export const createSignInLink = route({
  id: "createSignInLink",
  tag: "browsers",
  method: "post",
  path: "/session/links",
  summary: "Create a link that signs one browser in. It works once, for one minute; needs the token",
  only: "token",
  query: "ignored",
  responses: { "201": { description: "The link", content: json(SignInLinkSchema) } },
  handler:
    ({ access }) =>
    (ctx) => {
      // Otherwise a session could create others, and ending it would be useless.
      if (ctx.state.session !== undefined) {
        throw new MillraceError(
          "unauthorized",
          "Cannot create a sign-in link: expected the token, not a session",
        );
      }
      const { code, expiresAtMs } = access.links.create();
      ctx.set("Cache-Control", "no-store");
      ctx.status = 201;
      ctx.body = {
        url: `${ctx.state.serviceUrl}/session/start#${code}`,
        expires_time: timeView(expiresAtMs),
      } satisfies SignInLinkView;
    },
});
