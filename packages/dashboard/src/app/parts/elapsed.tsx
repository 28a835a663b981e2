import { useNow } from "../state/use-now.ts";
import { duration } from "../text/durations.ts";
import { secondsBetween } from "../text/times.ts";

/** How long something took, or has taken so far. */
export function Elapsed({ start, end }: { readonly start: string; readonly end: string | null }) {
  const nowMs = useNow(1_000);
  return <>{duration(secondsBetween(start, end, nowMs))}</>;
}
