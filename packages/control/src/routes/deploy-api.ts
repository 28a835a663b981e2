import { type ApiVersion, type DeployResponse, Turns } from "@millrace/core";
import { answerDeploy } from "../deploy/answer-deploy.ts";
import { departure } from "../deploy/departure.ts";
import { checkEndpoint, installVersion } from "../deploy/install-version.ts";
import { type DeployPlan, planDeploy } from "../deploy/plan-deploy.ts";
import { receiveArchive } from "../deploy/receive-archive.ts";
import { optional, TEXT } from "../http/query-fields.ts";
import type { RequestContext } from "../http/types.ts";
import { DEPLOYED } from "../openapi/deployed.ts";
import { LINKS_OF_API } from "../openapi/links.ts";
import { answers } from "../openapi/operation.ts";
import type { Services } from "../services.ts";
import { apiView } from "../views/api-view.ts";
import { route } from "./route.ts";

const DEFAULT_CONFIG = "millrace.yaml";

export const deployApi = route({
  id: "deployApi",
  tag: "apis",
  method: "put",
  path: "/apis/{name}",
  summary: "Deploy an API: the body is the project as a .tar.gz",
  query: {
    config: optional(TEXT, {
      description: "Path of the YAML file in the archive.",
      "x-default": DEFAULT_CONFIG,
    }),
  },
  requestBody: { "application/gzip": { schema: { type: "string", format: "binary" } } },
  responses: answers(DEPLOYED, [409, 413, 422], LINKS_OF_API),
  handler(services) {
    const turns = new Turns();
    return (ctx, { config = DEFAULT_CONFIG }) => {
      const configPath = config.replace(/^(\.\/)+/, "");
      return receive(services, ctx, { name: ctx.params.name, configPath, turns });
    };
  },
});

async function receive(
  services: Services,
  ctx: RequestContext,
  options: { readonly name: string; readonly configPath: string; readonly turns: Turns },
): Promise<void> {
  const { name, configPath, turns } = options;
  const { archiveBytes: limitBytes } = services.limits;
  const signal = departure(ctx, services.stopping);
  // The archive must outlive the handler: with NDJSON, the installation runs while the response is streamed.
  const settled = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const { uploads: directory } = services;
  const received = receiveArchive(ctx.req, { directory, limitBytes }, async (archivePath) => {
    const plan = await planDeploy(archivePath, { name, configPath, limitBytes, signal, now: services.now });
    await checkEndpoint(services.backend, plan.api);
    await answerDeploy(ctx, async (onOutput) => {
      const deployment = { plan, archivePath, onOutput, signal };
      try {
        return await turns.run(name, () => deploy(services, ctx, deployment));
      } finally {
        settled.resolve();
      }
    });
    answered.resolve();
    await settled.promise;
  });
  await Promise.race([answered.promise, received]);
  // From here on errors are reported in the stream.
  received.catch((error) => ctx.state.logger.warn("deploy not cleaned up", { error }));
}

interface Deploy {
  readonly plan: DeployPlan;
  readonly archivePath: string;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

async function deploy(services: Services, ctx: RequestContext, options: Deploy): Promise<DeployResponse> {
  const { plan, onOutput, signal } = options;
  const { backend } = services;
  signal.throwIfAborted();
  for (const warning of plan.warnings) onOutput(`warning: ${warning}`);
  const before = await backend.ledger.apis.get(plan.api.name);
  if (before?.version === plan.api.version) return response(services, ctx, { api: before, before });
  await installVersion(backend, plan.api, options);
  services.logger.info("deployed", { api: plan.api.name, api_id: plan.api.version });
  return response(services, ctx, { api: plan.api, before });
}

async function response(
  services: Services,
  ctx: RequestContext,
  { api, before }: { readonly api: ApiVersion; readonly before: ApiVersion | undefined },
): Promise<DeployResponse> {
  const changed = before?.version !== api.version;
  const did = !changed ? "is up to date" : before ? "updated" : "deployed";
  const message = changed ? `${did} ${api.name}` : `${api.name} ${did}`;
  return { api: await apiView(ctx, services.backend, api), changed, message };
}
