import { firstSegment, isOfEndpoint } from "../http/route-path.ts";
import { createSignInLink } from "./create-sign-in-link.ts";
import { deleteApi } from "./delete-api.ts";
import { deployApi } from "./deploy-api.ts";
import { getApi } from "./get-api.ts";
import { getDashboard } from "./get-dashboard.ts";
import { getDashboardAsset } from "./get-dashboard-asset.ts";
import { getDashboardPage } from "./get-dashboard-page.ts";
import { getFailureGroups } from "./get-failure-groups.ts";
import { getHealth } from "./get-health.ts";
import { getJob } from "./get-job.ts";
import { getJobByQuery } from "./get-job-by-query.ts";
import { getJobEvents } from "./get-job-events.ts";
import { getJobFailures } from "./get-job-failures.ts";
import { getJobLogs } from "./get-job-logs.ts";
import { getJobResults } from "./get-job-results.ts";
import { getJobsEvents } from "./get-jobs-events.ts";
import { getMetrics } from "./get-metrics.ts";
import { getOpenApi } from "./get-open-api.ts";
import { getReadiness } from "./get-readiness.ts";
import { getRoot } from "./get-root.ts";
import { getSignInPage } from "./get-sign-in-page.ts";
import { listApis } from "./list-apis.ts";
import { listJobs } from "./list-jobs.ts";
import { refreshApi } from "./refresh-api.ts";
import { retryJob } from "./retry-job.ts";
import type { Route } from "./route.ts";
import { signIn } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";
import { signOutByForm } from "./sign-out-by-form.ts";
import { stopJob } from "./stop-job.ts";
import { stopJobByQuery } from "./stop-job-by-query.ts";
import { submitJob } from "./submit-job.ts";

/** Every route of the service, in the order of the OpenAPI document. */
export const ROUTES: readonly Route[] = [
  getRoot,
  getHealth,
  getReadiness,
  getMetrics,
  getOpenApi,
  getDashboard,
  getDashboardPage,
  getDashboardAsset,
  createSignInLink,
  getSignInPage,
  signIn,
  signOut,
  signOutByForm,
  listApis,
  deployApi,
  getApi,
  deleteApi,
  refreshApi,
  listJobs,
  getJobsEvents,
  submitJob,
  getJobByQuery,
  stopJobByQuery,
  getJob,
  stopJob,
  getJobResults,
  getJobFailures,
  getFailureGroups,
  getJobLogs,
  getJobEvents,
  retryJob,
];

/** First path segments that the service handles itself: no other path that starts with one is an endpoint. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set(
  ROUTES.filter(({ path }) => !isOfEndpoint(path)).map(({ path }) => firstSegment(path)),
);
