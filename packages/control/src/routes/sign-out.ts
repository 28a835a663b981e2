import { MessageResponseSchema } from "@millrace/core/schemas";
import { endSession } from "../http/end-session.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

/** For scripts. */
export const signOut = route({
  id: "signOut",
  tag: "browsers",
  method: "delete",
  path: "/session",
  summary: "Sign the browser out",
  only: "session",
  query: "ignored",
  responses: answers(json(MessageResponseSchema)),
  handler:
    ({ access }) =>
    async (ctx) => {
      await endSession(ctx, access.sessions);
      ctx.body = { message: "signed out" };
    },
});
