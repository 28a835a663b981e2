/** First path segments that the service itself handles; an endpoint must not use any of them. */
export const RESERVED_ENDPOINTS = [
  "jobs",
  "apis",
  "healthz",
  "readyz",
  "metrics",
  "openapi.json",
  "dashboard",
  "session",
] as const;

export function isReservedEndpoint(endpoint: string): boolean {
  return (RESERVED_ENDPOINTS as readonly string[]).includes(endpoint);
}
