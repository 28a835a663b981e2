import { isClientError, MillraceClient } from "@millrace/client";
import type { FailureGroupsResponse, JobListResponse } from "@millrace/core/rest";
import { type JobFilters, labelsOf } from "./job-filters.ts";
import { takeLines } from "./take-lines.ts";
import { statusesOf } from "./text/statuses.ts";

/** Where a job is: the endpoint that took it, and its id. */
export interface JobAddress {
  readonly endpoint: string;
  readonly jobId: string;
}

/** The service that these pages came from. */
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

/** The first result rows, as their texts; the rest of the answer, which may be gigabytes, is not fetched. */
export function firstResults(
  { endpoint, jobId }: JobAddress,
  limit: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return takeLines(service.results(endpoint, jobId, { signal }), limit);
}

/** Asks for next to nothing; a session that is over leads to the sign-in page. */
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
 * As fetch, for a page with a session cookie. What changes something says so in a header that other sites
 * cannot send; a session that is over leads to the sign-in page.
 */
async function fetchInSession(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (!["GET", "HEAD"].includes(request.method)) request.headers.set("X-Millrace-CSRF", "1");
  const response = await fetch(request);
  if (response.status === 401) location.assign("/");
  return response;
}
