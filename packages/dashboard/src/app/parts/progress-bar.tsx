import type { ItemCounts } from "@millrace/core/rest";
import { count, percent } from "../text/numbers.ts";
import { finishedItems } from "../text/summary.ts";

/** Succeeded and failed items as parts of the total, in one bar. */
export function ProgressBar({
  items,
  label,
  isLive,
}: {
  readonly items: ItemCounts;
  readonly label: string;
  readonly isLive: boolean;
}) {
  const { total, succeeded, failed } = items;
  const done = finishedItems(items);
  const share = (part: number) => (total ? (100 * part) / total : 0);
  const value = total === null ? {} : { "aria-valuenow": Math.floor(share(done)), "aria-valuemax": 100 };
  return (
    <div
      role="progressbar"
      class={`progress ${isLive ? "progress-live" : ""} ${total === null ? "progress-unknown" : ""}`}
      aria-label={label}
      aria-valuemin={0}
      aria-valuetext={
        total === null ? `${count(done)} items` : `${percent(done, total)}, ${count(failed)} failed`
      }
      {...value}
    >
      <span class="progress-succeeded" style={{ width: `${share(succeeded)}%` }} />
      <span class="progress-failed" style={{ width: `${share(failed)}%` }} />
    </div>
  );
}
