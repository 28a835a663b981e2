import type { ApiVersion, ApiView, Backend } from "@millrace/core";
import { apiSpecView } from "@millrace/core/schemas";
import { activeJobs } from "../active-jobs.ts";
import type { RequestContext } from "../http/types.ts";
import { timeView } from "./time-view.ts";

/** One deployed API. */
export async function apiView(ctx: RequestContext, backend: Backend, api: ApiVersion): Promise<ApiView> {
  return {
    name: api.name,
    kind: "BatchAPI",
    api_id: api.version,
    endpoint: endpointUrl(ctx, api.spec.networking.endpoint),
    predictor_type: api.spec.predictor.type,
    created_time: timeView(api.createdAtMs),
    active_jobs: (await activeJobs(backend, api.name)).length,
  };
}

/** The configuration of a version, in the form of its YAML. */
export function apiSpecOf(api: ApiVersion): Readonly<Record<string, unknown>> {
  const { webhook, ...spec } = api.spec;
  // A secret is never shown again.
  return apiSpecView(webhook ? { ...spec, webhook: { url: webhook.url, events: webhook.events } } : spec);
}

/** Full URL of an API's endpoint. */
export function endpointUrl(ctx: RequestContext, endpoint: string): string {
  return `${ctx.state.serviceUrl}/${endpoint}`;
}
