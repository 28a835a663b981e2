import type { RouteHandler } from "../http/types.ts";
import { getMetrics } from "../metrics/get-metrics.ts";
import type { Services } from "../services.ts";
import { createSignInLink } from "./create-sign-in-link.ts";
import { getDashboard, getDashboardAsset } from "./dashboard.ts";
import { deleteApi } from "./delete-api.ts";
import { putApi } from "./deploy-api.ts";
import { getFailureGroups } from "./failure-groups.ts";
import { getApi } from "./get-api.ts";
import { getHealth, getReadiness } from "./health.ts";
import { getJobEvents } from "./job-events.ts";
import { getJobFailures } from "./job-failures.ts";
import { getJobLogs } from "./job-logs.ts";
import { getJobResults } from "./job-results.ts";
import { getJobStatus } from "./job-status.ts";
import { getJobsEvents } from "./jobs-events.ts";
import { listApis } from "./list-apis.ts";
import { listJobs } from "./list-jobs.ts";
import { getOpenApi } from "./openapi.ts";
import { refreshApi } from "./refresh-api.ts";
import { retryJob } from "./retry-job.ts";
import { getRoot } from "./root.ts";
import { signIn } from "./sign-in.ts";
import { signOut, signOutByForm } from "./sign-out.ts";
import { startSession } from "./start-session.ts";
import { deleteJob } from "./stop-job.ts";
import { submitJob } from "./submit-job.ts";

export interface Route {
  readonly method: "get" | "post" | "put" | "delete";
  /** In the router's form, parameters as `:name`, and `*name` for all that is left. */
  readonly path: string;
  readonly handler: RouteHandler;
}

/** Routes with names of their own, which win over endpoints. */
export function fixedRoutes(services: Services): readonly Route[] {
  return [
    { method: "get", path: "/", handler: getRoot() },
    { method: "get", path: "/healthz", handler: getHealth() },
    { method: "get", path: "/readyz", handler: getReadiness(services) },
    { method: "get", path: "/metrics", handler: getMetrics(services) },
    { method: "get", path: "/openapi.json", handler: getOpenApi() },
    { method: "get", path: "/jobs", handler: listJobs(services) },
    { method: "get", path: "/jobs/events", handler: getJobsEvents(services) },
    { method: "get", path: "/apis", handler: listApis(services) },
    { method: "put", path: "/apis/:name", handler: putApi(services) },
    { method: "get", path: "/apis/:name", handler: getApi(services) },
    { method: "delete", path: "/apis/:name", handler: deleteApi(services) },
    { method: "post", path: "/apis/:name/refresh", handler: refreshApi(services) },
    { method: "get", path: "/dashboard", handler: getDashboard() },
    { method: "get", path: "/dashboard/assets/:name", handler: getDashboardAsset() },
    { method: "get", path: "/dashboard/*path", handler: getDashboard() },
    { method: "post", path: "/session", handler: signIn(services) },
    { method: "delete", path: "/session", handler: signOut(services) },
    { method: "get", path: "/session/start", handler: startSession() },
    { method: "post", path: "/session/end", handler: signOutByForm(services) },
    { method: "post", path: "/session/links", handler: createSignInLink(services) },
  ];
}

/** Routes of the APIs' endpoints. */
export function endpointRoutes(services: Services): readonly Route[] {
  return [
    { method: "post", path: "/:endpoint", handler: submitJob(services) },
    { method: "get", path: "/:endpoint", handler: getJobStatus(services) },
    { method: "delete", path: "/:endpoint", handler: deleteJob(services) },
    { method: "get", path: "/:endpoint/:id", handler: getJobStatus(services) },
    { method: "delete", path: "/:endpoint/:id", handler: deleteJob(services) },
    { method: "get", path: "/:endpoint/:id/results", handler: getJobResults(services) },
    { method: "get", path: "/:endpoint/:id/failures", handler: getJobFailures(services) },
    { method: "get", path: "/:endpoint/:id/failures/groups", handler: getFailureGroups(services) },
    { method: "get", path: "/:endpoint/:id/logs", handler: getJobLogs(services) },
    { method: "get", path: "/:endpoint/:id/events", handler: getJobEvents(services) },
    { method: "post", path: "/:endpoint/:id/retry", handler: retryJob(services) },
  ];
}
