import { isStopping } from "../http/refusals.ts";
import { health } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

/** The state can be read, and the service is not stopping. */
export const getReadiness = route({
  id: "getReadiness",
  tag: "service",
  method: "get",
  path: "/readyz",
  summary: "Check that the service accepts requests",
  isPublic: true,
  query: "ignored",
  responses: answers(health("ready"), [503]),
  handler: (services) => async (ctx) => {
    if (services.stopping.aborted) throw isStopping();
    await services.backend.ledger.jobs.active();
    ctx.body = { status: "ready" };
  },
});
