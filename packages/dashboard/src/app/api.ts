import { MillraceClient } from "@millrace/client";
import type { FailureGroupsResponse, JobListResponse } from "@millrace/core";
import { type JobFilters, listQuery } from "./state/job-filters.ts";
import { takeLines } from "./state/take-lines.ts";

/** Where a job is: the endpoint that took it, and its id. */
export interface JobAddress {
  readonly endpoint: string;
  readonly jobId: string;
}

/** The service that these pages came from. */
export const service = new MillraceClient({ url: location.origin, fetch: fetchInSession });

/** A path below a job, for links, streams and what the client lacks. */
export function jobPath({ endpoint, jobId }: JobAddress, below = ""): string {
  const parts = endpoint.split("/").filter(Boolean).map(encodeURIComponent);
  return `/${parts.join("/")}/${encodeURIComponent(jobId)}${below}`;
}

export async function listJobs(
  filters: JobFilters,
  page: { readonly cursor?: string | undefined; readonly limit: number; readonly signal: AbortSignal },
): Promise<JobListResponse> {
  const query = listQuery(filters, { withStatus: true });
  query.set("limit", String(page.limit));
  if (page.cursor !== undefined) query.set("cursor", page.cursor);
  return await getJson<JobListResponse>(`/jobs?${query}`, page.signal);
}

export async function failureGroups(job: JobAddress, signal: AbortSignal): Promise<FailureGroupsResponse> {
  return await getJson<FailureGroupsResponse>(jobPath(job, "/failures/groups"), signal);
}

/** The first result rows, as their texts; the rest of the answer, which may be gigabytes, is not fetched. */
export async function firstResults(
  job: JobAddress,
  limit: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const response = await fetchInSession(jobPath(job, "/results"), { signal: either });
  if (!response.ok) throw await requestError(response);
  try {
    return response.body === null ? [] : await takeLines(response.body, limit);
  } finally {
    enough.abort();
  }
}

/** Asks for next to nothing; a session that is over leads to the sign-in page. */
export async function checkSession(): Promise<void> {
  await fetchInSession("/jobs?limit=1").catch(() => {});
}

/** Ends the session and leaves these pages. */
export async function signOut(): Promise<void> {
  const response = await fetchInSession("/session", { method: "DELETE" });
  if (!response.ok) throw await requestError(response);
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

async function getJson<Value>(path: string, signal: AbortSignal): Promise<Value> {
  const response = await fetchInSession(path, { signal, headers: { accept: "application/json" } });
  if (!response.ok) throw await requestError(response);
  return (await response.json()) as Value;
}

async function requestError(response: Response): Promise<unknown> {
  const problem = await response.json().catch(() => undefined);
  return problem ?? new Error(`The service answered ${response.status} ${response.statusText}`);
}
