import type { JobSummary } from "@millrace/core/rest";
import { statusesOf } from "./text/statuses.ts";

/** Filters of the job list; an empty one does not filter. */
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

/** The filters in an address, so that a link keeps them. */
export function filtersOf(query: URLSearchParams): JobFilters {
  const [search = "", api = "", status = "", label = ""] = NAMES.map((name) => query.get(name) ?? "");
  return { search, api, status, label };
}

/** The reverse of {@link filtersOf}; contains only active filters. */
export function addressOf(filters: JobFilters): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name] !== "") query.set(name, filters[name]);
  const text = query.toString();
  return text === "" ? "/dashboard" : `/dashboard?${text}`;
}

/**
 * The query of the job stream. It covers all statuses, because a job that leaves the selected status is an update, too.
 */
export function streamQuery({ search, api, label }: JobFilters): string {
  const query = new URLSearchParams();
  if (search !== "") query.set("search", search);
  if (api !== "") query.set("api", api);
  if (label !== "") query.set("label", label);
  return query.toString();
}

/** The label in the client's form. */
export function labelsOf(label: string): Readonly<Record<string, string>> | undefined {
  const colon = label.indexOf(":");
  return colon === -1 ? undefined : { [label.slice(0, colon)]: label.slice(colon + 1) };
}

export function isNarrowed(filters: JobFilters): boolean {
  return NAMES.some((name) => filters[name] !== "");
}

/** Whether a job's status matches the filters. */
export function matchesStatus(job: JobSummary, filters: JobFilters): boolean {
  const statuses = statusesOf(filters.status);
  return statuses.length === 0 || statuses.includes(job.status);
}
