import { answerDeploy } from "../deploy/answer-deploy.ts";
import { departure } from "../deploy/departure.ts";
import { archiveUri } from "../deploy/install-version.ts";
import { apiByName } from "../http/find-api.ts";
import { DEPLOYED } from "../openapi/deployed.ts";
import { answers } from "../openapi/operation.ts";
import { apiView } from "../views/api-view.ts";
import { route } from "./route.ts";

/** Reinstalls the current version's dependencies. */
export const refreshApi = route({
  id: "refreshApi",
  tag: "apis",
  method: "post",
  path: "/apis/{name}/refresh",
  summary: "Install an API's dependencies again",
  responses: answers(DEPLOYED, [404, 422]),
  handler: (services) => async (ctx) => {
    const { backend } = services;
    const api = await apiByName(backend, ctx.params.name);
    const signal = departure(ctx, services.stopping);
    await answerDeploy(ctx, async (onOutput) => {
      const options = { archiveUri: archiveUri(backend, api), fresh: true, onOutput, signal };
      await backend.pool.prepare(api, options);
      return { api: await apiView(ctx, backend, api), changed: true, message: `refreshed ${api.name}` };
    });
  },
});
