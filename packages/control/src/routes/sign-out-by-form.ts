import { endSession } from "../http/end-session.ts";
import { SEE_DASHBOARD } from "../openapi/operation.ts";
import { route } from "./route.ts";

export const signOutByForm = route({
  id: "signOutByForm",
  tag: "browsers",
  method: "post",
  path: "/session/end",
  summary: "Sign the browser out, with a form",
  only: "session",
  query: "ignored",
  responses: SEE_DASHBOARD,
  handler:
    ({ access }) =>
    async (ctx) => {
      await endSession(ctx, access.sessions);
      ctx.status = 303;
      ctx.redirect("/dashboard");
    },
});
