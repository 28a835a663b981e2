import type { JobEvent } from "@millrace/core";
import { formatCount, formatDuration, formatRate, formatRemaining } from "../format.ts";
import type { RateMeter } from "./rate-meter.ts";

/** Such as `450/1,000 items  45%`. */
export function itemsText({ metrics }: JobEvent): string {
  const { total, succeeded, failed } = metrics.items;
  const done = succeeded + failed;
  if (total === null) return `${formatCount(done)} items done, total not known yet`;
  return `${formatCount(done)}/${formatCount(total)} items  ${Math.floor(doneShare(total, done) * 100)}%`;
}

/** Such as `123 items/s`, `ETA 5s` and `3 failed`, as far as known. */
export function speedTexts({ metrics, remaining }: JobEvent, meter: RateMeter): readonly string[] {
  const { total, succeeded, failed } = metrics.items;
  const done = succeeded + failed;
  const rate = meter.perSecond;
  return [
    ...(rate !== undefined && done > 0 ? [`${formatRate(rate)} items/s`] : []),
    ...etaTexts(remaining, total === null ? undefined : meter.etaSeconds(total - done)),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ];
}

/** The service's estimate, which knows how steady the job is; otherwise the one measured here. */
function etaTexts(remaining: JobEvent["remaining"], seenSeconds: number | undefined): readonly string[] {
  if (remaining !== null && remaining.seconds > 0) return [`ETA ${formatRemaining(remaining)}`];
  return seenSeconds !== undefined && seenSeconds > 0 ? [`ETA ${formatDuration(seenSeconds)}`] : [];
}

/** From 0 to 1; an empty dataset counts as done. */
export function doneShare(total: number, done: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}
