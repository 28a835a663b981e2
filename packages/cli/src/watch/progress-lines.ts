import type { JobEvent } from "@millrace/core";
import type { TerminalStream } from "../context.ts";
import { itemsText, speedTexts } from "./progress-text.ts";
import { RateMeter } from "./rate-meter.ts";
import type { JobProgress } from "./watched-job.ts";

/** Between two lines with the same status. */
const LINE_INTERVAL_MS = 5_000;

/** Progress without a terminal: a line for each new status, and one at regular intervals. */
export function progressLines(stream: TerminalStream, nowMs: () => number): JobProgress {
  const meter = new RateMeter();
  let lastStatus = "";
  let lastText = "";
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return {
    update(event) {
      const { succeeded, failed } = event.metrics.items;
      meter.add(succeeded + failed, nowMs());
      const isDue = nowMs() - lastAtMs >= LINE_INTERVAL_MS || event.status !== lastStatus;
      const text = progressLine(event, meter);
      if (!isDue || text === lastText) return;
      stream.write(`${text}\n`);
      lastStatus = event.status;
      lastText = text;
      lastAtMs = nowMs();
    },
    away() {},
    async stop() {},
  };
}

/** Such as `running  450/1,000 items  45%  123 items/s  ETA 5s  3 failed`. */
function progressLine(event: JobEvent, meter: RateMeter): string {
  return [event.status, itemsText(event), ...speedTexts(event, meter)].join("  ");
}
