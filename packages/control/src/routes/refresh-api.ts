import { answerDeploy } from "../deploy/answer-deploy.ts";
import { departure } from "../deploy/departure.ts";
import { archiveUri } from "../deploy/install-version.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { apiView } from "../views/api-view.ts";
import { apiByName } from "./get-api.ts";

/** `POST /apis/<name>/refresh`: installs the dependencies of the current version again. */
export function refreshApi(services: Services): RouteHandler {
  const { backend } = services;
  return async (ctx) => {
    queryOf(ctx, []);
    const api = await apiByName(backend, param(ctx, "name"));
    const signal = departure(ctx, services.stopping);
    await answerDeploy(ctx, async (onOutput) => {
      const options = { archiveUri: archiveUri(backend, api), fresh: true, onOutput, signal };
      await backend.pool.prepare(api, options);
      return { api: await apiView(ctx, backend, api), changed: true, message: `refreshed ${api.name}` };
    });
  };
}
