/** A page of the dashboard. */
export type Route =
  | { readonly page: "jobs" }
  | { readonly page: "apis" }
  | { readonly page: "api"; readonly name: string }
  | { readonly page: "job"; readonly endpoint: string; readonly jobId: string }
  | { readonly page: "not_found" };

/** The page for a path. */
export function routeOf(pathname: string): Route {
  const parts = pathname.split("/").filter(Boolean).map(decode);
  const [root, kind, ...rest] = parts;
  if (root !== "dashboard" || parts.includes(undefined)) return { page: "not_found" };
  if (kind === undefined) return { page: "jobs" };
  if (kind === "apis" && rest.length === 0) return { page: "apis" };
  if (kind === "apis" && rest.length === 1) return { page: "api", name: rest[0] as string };
  const jobId = rest.at(-1);
  if (kind === "jobs" && rest.length >= 2) {
    return { page: "job", endpoint: rest.slice(0, -1).join("/"), jobId: jobId as string };
  }
  return { page: "not_found" };
}

export function apiAddress(name: string): string {
  return `/dashboard/apis/${encodeURIComponent(name)}`;
}

export function jobAddress(endpoint: string, jobId: string): string {
  const parts = endpoint.split("/").filter(Boolean).map(encodeURIComponent);
  return `/dashboard/jobs/${parts.join("/")}/${encodeURIComponent(jobId)}`;
}

/** Undefined for a malformed escape. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
