import { type FailureGroup, type JobEvent, WORKER_STATUSES, type WorkerView } from "@millrace/core";
import { formatCount, formatDuration } from "../format.ts";
import { statusStyle } from "../output.ts";
import type { JobDetails } from "./job-details.ts";
import { doneShare, itemsText, speedTexts } from "./progress-text.ts";
import type { RateMeter } from "./rate-meter.ts";
import { harmless, type Segment } from "./styled-line.ts";

const MAX_BAR_CELLS = 40;
/** A shorter bar is not informative and is left out. */
const MIN_BAR_CELLS = 10;
const LABEL_COLUMNS = 10;
const SHOWN_REASONS = 2;
const SHOWN_FAILURES = 3;
/** Show that the job is idle after this long without an item. */
const IDLE_SECONDS = 10;

/** Everything that the live view shows. */
export interface LiveState {
  /** Undefined until the first event arrives. */
  readonly event: JobEvent | undefined;
  readonly meter: RateMeter;
  readonly details: JobDetails;
  readonly isAway: boolean;
  readonly nowMs: number;
}

type Line = readonly Segment[];

/** The lines of the live view, most important first. */
export function liveFrame(state: LiveState, columns: number): readonly Line[] {
  const { event, details, isAway } = state;
  const away: Line[] = isAway
    ? [[{ text: "the service does not answer; trying again", style: "yellow" }]]
    : [];
  if (event === undefined) return away;
  return [
    progressLine(event, columns),
    speedLine(event, state),
    ...away,
    ...workerLines(event, details.workers),
    ...failureLines(details),
  ];
}

function progressLine(event: JobEvent, columns: number): Line {
  const items = itemsText(event);
  const { total, succeeded, failed } = event.metrics.items;
  const status = { text: event.status, style: statusStyle(event.status) };
  // Two gaps of two columns, plus the brackets.
  const cells = Math.min(MAX_BAR_CELLS, columns - event.status.length - items.length - 6);
  if (total === null || cells < MIN_BAR_CELLS) return [status, { text: `  ${items}` }];
  const full = Math.round(doneShare(total, succeeded + failed) * cells);
  return [status, { text: `  [${"=".repeat(full)}${" ".repeat(cells - full)}]  ${items}` }];
}

function speedLine(event: JobEvent, { meter, details, isAway, nowMs }: LiveState): Line {
  const { startedAtMs } = details;
  const idleSeconds = (nowMs - (meter.lastGrowthAtMs ?? nowMs)) / 1_000;
  const texts = [
    ...speedTexts(event, meter),
    ...(startedAtMs === undefined
      ? []
      : [`${formatDuration(Math.floor((nowMs - startedAtMs) / 1_000))} so far`]),
    ...(idleSeconds < IDLE_SECONDS || isAway
      ? []
      : [`no item for ${formatDuration(Math.floor(idleSeconds))}`]),
  ];
  return [{ text: texts.join("  ") }];
}

function workerLines(event: JobEvent, workers: readonly WorkerView[]): readonly Line[] {
  const counts = WORKER_STATUSES.flatMap((status) => {
    const count = event.worker_counts[status] ?? 0;
    return count === 0 ? [] : [`${formatCount(count)} ${status}`];
  });
  const reasons = Map.groupBy(workers, ({ status, reason }) => `${status} ${reason}`);
  return [
    labelled("workers", { text: counts.length === 0 ? "none yet" : counts.join(", ") }),
    ...[...reasons.values()].slice(0, SHOWN_REASONS).map(reasonLine),
  ];
}

function reasonLine(workers: readonly WorkerView[]): Line {
  const [first] = workers;
  const who = workers.length === 1 ? `worker ${first?.worker}` : `${formatCount(workers.length)} workers`;
  return labelled(first?.status ?? "", { text: `${who}: ${harmless(first?.reason ?? "")}` });
}

function failureLines({ failures, isCut }: JobDetails): readonly Line[] {
  return failures
    .slice(0, SHOWN_FAILURES)
    .map((group, i) =>
      labelled(i === 0 ? "failures" : "", { text: failureText(group, isCut), style: "red" }),
    );
}

function failureText({ items, type, code, example }: FailureGroup, isCut: boolean): string {
  const { index, id, error } = example;
  const named = id === null || id === undefined ? "" : ` ${JSON.stringify(id)}`;
  const item = `item ${index}${named}`;
  const who = items === 1 && !isCut ? item : `${formatCount(items)}${isCut ? "+" : ""} items, first ${item}`;
  const kind = type ?? code;
  // Python's messages already begin with the class.
  const what = error.message.startsWith(kind) ? error.message : `${kind}: ${error.message}`;
  return harmless(`${who}: ${what}`);
}

function labelled(label: string, value: Segment): Line {
  return [{ text: label.padEnd(LABEL_COLUMNS), style: "dim" }, value];
}
