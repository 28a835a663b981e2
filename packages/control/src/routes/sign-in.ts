import { MillraceError } from "@millrace/core";
import { z } from "zod";
import { readBody } from "../http/read-body.ts";
import { requireSameOrigin } from "../http/same-origin.ts";
import { writeSessionCookie } from "../http/session-cookie.ts";
import type { RequestContext } from "../http/types.ts";
import { problemAnswers, SEE_DASHBOARD } from "../openapi/operation.ts";
import { SESSION_MS } from "../sessions/sealed-session.ts";
import { route } from "./route.ts";

const FORM_LIMIT = { limitBytes: 4_096, wayOut: "expected a form with a code or a token" };

const form = z
  .object({
    code: z.string().optional().meta({ description: "Of a sign-in link." }),
    token: z.string().optional().meta({ description: "The service's token." }),
  })
  .meta({ id: "SignInForm", description: "Either a link's code or the token." });

/**
 * Only from our own page: another site could not read the response, but could sign the browser in without the user
 * knowing.
 */
export const signIn = route({
  id: "signIn",
  tag: "browsers",
  method: "post",
  path: "/session",
  summary: "Sign a browser in with a link's code or the token, from a page of the service",
  isPublic: true,
  query: "ignored",
  requestBody: {
    "application/x-www-form-urlencoded": { schema: form, example: { code: "0JtqX1m2" } },
  },
  responses: { ...problemAnswers([400, 401, 413, 415, 429]), ...SEE_DASHBOARD },
  handler:
    ({ access }) =>
    async (ctx) => {
      requireSameOrigin(ctx);
      const { code, token } = await readForm(ctx);
      const isRight = code === undefined ? access.isToken(token ?? "") : access.links.use(code);
      if (!isRight) {
        // A form without input does not count as an attempt.
        if ((code ?? token) !== "") access.attempts.failed(ctx.ip);
        throw new MillraceError(
          "unauthorized",
          code === undefined
            ? 'Cannot sign in: wrong token, expected the one in the service\'s file "token"'
            : "Cannot sign in: the link has already been used, or is older than a minute; run millrace dashboard again",
        );
      }
      writeSessionCookie(ctx, access.sessions.seal(access.sessions.begin()), SESSION_MS / 1_000);
      ctx.status = 303;
      ctx.redirect("/dashboard");
    },
});

async function readForm(
  ctx: RequestContext,
): Promise<{ readonly code: string | undefined; readonly token: string | undefined }> {
  if (ctx.is("urlencoded") !== "urlencoded") {
    throw new MillraceError(
      "unsupported_media_type",
      "Cannot sign in: expected a form, application/x-www-form-urlencoded",
    );
  }
  const form = new URLSearchParams((await readBody(ctx.req, FORM_LIMIT)).toString("utf8"));
  const [code, token] = [form.get("code") ?? undefined, form.get("token")?.trim()];
  if ((code === undefined) === (token === undefined)) {
    throw new MillraceError(
      "invalid_request",
      'Cannot sign in: expected a form with either "code" or "token"',
    );
  }
  return { code, token };
}
