import type { JobSummary } from "@millrace/core";
import { statusesOf } from "../text/statuses.ts";

/** What the list of jobs is narrowed to; empty: not narrowed. */
export interface JobFilters {
  readonly search: string;
  readonly api: string;
  /** A status, or a group of them. */
  readonly status: string;
  /** `key:value` */
  readonly label: string;
}

export const NO_FILTERS: JobFilters = { search: "", api: "", status: "", label: "" };

const NAMES = ["search", "api", "status", "label"] as const;

/** The filters of an address, so that a link keeps them. */
export function filtersOf(query: URLSearchParams): JobFilters {
  const [search = "", api = "", status = "", label = ""] = NAMES.map((name) => query.get(name) ?? "");
  return { search, api, status, label };
}

/** The other way; only what narrows is named. */
export function addressOf(filters: JobFilters): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name] !== "") query.set(name, filters[name]);
  const text = query.toString();
  return text === "" ? "/dashboard" : `/dashboard?${text}`;
}

/** The filters as the service takes them. */
export function listQuery(filters: JobFilters, options: { readonly withStatus: boolean }): URLSearchParams {
  const query = new URLSearchParams();
  if (filters.search !== "") query.set("search", filters.search);
  if (filters.api !== "") query.set("api", filters.api);
  if (filters.label !== "") query.set("label", filters.label);
  if (options.withStatus) for (const status of statusesOf(filters.status)) query.append("status", status);
  return query;
}

export function isNarrowed(filters: JobFilters): boolean {
  return NAMES.some((name) => filters[name] !== "");
}

/** Whether a job has a status that the filters ask for. */
export function matchesStatus(job: JobSummary, filters: JobFilters): boolean {
  const statuses = statusesOf(filters.status);
  return statuses.length === 0 || statuses.includes(job.status);
}
