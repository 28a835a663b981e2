/** First path segments that the service answers itself; no endpoint may be one of them. */
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
