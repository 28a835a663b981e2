/** RFC 3339 in UTC, like all times in the REST API. */
export function timeView(ms: number): string;
export function timeView(ms: number | undefined): string | null;
export function timeView(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
