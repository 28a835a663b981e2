import { isClientError, MillraceClient } from "@millrace/client";
import type { FailureGroupsResponse, JobListResponse } from "@millrace/core/rest";
import { type JobFilters, labelsOf } from "./job-filters.ts";
import { takeLines } from "./take-lines.ts";
import { statusesOf } from "./text/statuses.ts";

/** A job's address: the endpoint that accepted it, and its id. */
export interface JobAddress {
  readonly endpoint: string;
  readonly jobId: string;
}

/** The service that served these pages. */
export const service = new MillraceClient({ url: "/", fetch: fetchInSession });

/** A path below a job, for links and streams. */
export function jobPath({ endpoint, jobId }: JobAddress, below = ""): string {
  const parts = endpoint.split("/").filter(Boolean).map(encodeURIComponent);
  return `/${parts.join("/")}/${encodeURIComponent(jobId)}${below}`;
}

export function listJobs(
  { api, status, label, search }: JobFilters,
  page: { readonly cursor?: string | undefined; readonly limit: number; readonly signal: AbortSignal },
): Promise<JobListResponse> {
  const { signal, ...place } = page;
  const filters = {
    api: api || undefined,
    search: search || undefined,
    labels: labelsOf(label),
    statuses: status === "" ? undefined : statusesOf(status),
  };
  return service.jobs({ ...filters, ...place }, { signal });
}

export function failureGroups(
  { endpoint, jobId }: JobAddress,
  signal: AbortSignal,
): Promise<FailureGroupsResponse> {
  return service.failureGroups(endpoint, jobId, { signal });
}

/** The first result rows as text; the rest of the response, which may be gigabytes, is not fetched. */
export function firstResults(
  { endpoint, jobId }: JobAddress,
  limit: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return takeLines(service.results(endpoint, jobId, { signal }), limit);
}

/** Makes a minimal request; if the session has expired, this leads to the sign-in page. */
export async function checkSession(): Promise<void> {
  await service.jobs({ limit: 1 }).catch((error: unknown) => {
    if (!isClientError(error)) throw error;
  });
}

/** Ends the session and leaves these pages. */
export async function signOut(): Promise<void> {
  const response = await fetchInSession("/session", { method: "DELETE" });
  if (!response.ok) throw await response.json();
  location.assign("/");
}

/**
 * `fetch` for a page with a session cookie. Requests that change something have a header that other sites cannot send.
 * An expired session leads to the sign-in page.
 */
async function fetchInSession(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (!["GET", "HEAD"].includes(request.method)) request.headers.set("X-Millrace-CSRF", "1");
  const response = await fetch(request);
  if (response.status === 401) location.assign("/");
  return response;
}
