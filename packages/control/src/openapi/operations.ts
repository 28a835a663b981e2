import type { Operation } from "./operation.ts";
import { API_OPERATIONS } from "./operations/api-operations.ts";
import { BROWSER_OPERATIONS } from "./operations/browser-operations.ts";
import { JOB_OPERATIONS } from "./operations/job-operations.ts";
import { SERVICE_OPERATIONS } from "./operations/service-operations.ts";

/** Every route, as the OpenAPI document describes it; a test compares it with the router's table. */
export const OPERATIONS: readonly Operation[] = [
  ...SERVICE_OPERATIONS,
  ...BROWSER_OPERATIONS,
  ...API_OPERATIONS,
  ...JOB_OPERATIONS,
];
