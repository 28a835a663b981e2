import { MillraceError, type SignInLinkView } from "@millrace/core";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { timeView } from "../views/time-view.ts";

/** `POST /session/links`: a link that signs one browser in, once, within a minute. */
export function createSignInLink({ access }: Pick<Services, "access">): RouteHandler {
  return (ctx) => {
    // Else a session could make itself others, and ending it would end nothing.
    if (ctx.state.session !== undefined) {
      throw new MillraceError(
        "unauthorized",
        "Cannot make a sign-in link: expected the token, not a session",
      );
    }
    const { code, expiresAtMs } = access.links.create();
    ctx.set("Cache-Control", "no-store");
    ctx.status = 201;
    ctx.body = {
      url: `${ctx.state.serviceUrl}/session/start#${code}`,
      expires_time: timeView(expiresAtMs),
    } satisfies SignInLinkView;
  };
}
