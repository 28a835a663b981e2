import type { ItemCounts, JobStatus, RemainingView } from "@millrace/core/rest";
import { roughDuration } from "./durations.ts";
import { percent } from "./numbers.ts";
import { isOver, JOB_STATUS_LOOKS } from "./statuses.ts";

export function finishedItems({ succeeded, failed }: ItemCounts): number {
  return succeeded + failed;
}

/** A job's progress as percent; undefined until its total is known. */
export function progressText(items: ItemCounts): string | undefined {
  if (items.total === null) return undefined;
  return items.total === 0 ? "100 %" : percent(finishedItems(items), items.total);
}

/** Title of the browser tab, most important part first, as tabs are narrow. */
export function jobTitle(apiName: string, status: JobStatus, items: ItemCounts): string {
  const news = status === "running" ? (progressText(items) ?? "Running") : JOB_STATUS_LOOKS[status].word;
  return `${news} · ${apiName} · Millrace`;
}

/** The remaining time in words, including its uncertainty. */
export function remainingText(
  status: JobStatus,
  remaining: RemainingView | null,
): { readonly answer: string; readonly doubt: string } {
  if (isOver(status)) return { answer: "Nothing left to do", doubt: "" };
  if (remaining === null) return { answer: "Not known yet", doubt: "known once some batches are done" };
  const answer = `about ${roughDuration(remaining.seconds)}`;
  const low = roughDuration(remaining.low_seconds);
  if (remaining.high_seconds === null) return { answer, doubt: `at least ${low}, the pace varies a lot` };
  const high = roughDuration(remaining.high_seconds);
  return { answer, doubt: low === high ? "at a steady pace" : `between ${low} and ${high}` };
}
