import type { JobEvent } from "@millrace/core";
import { SingleBar } from "cli-progress";
import type { Context } from "./context.ts";
import { formatCount, formatDuration, formatRate } from "./format.ts";
import { RateMeter } from "./rate-meter.ts";

const BAR_CELLS = 24;
/** Between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 5_000;

/** Shows how far a job is, on stderr: a bar on a terminal, a line now and then elsewhere. */
export interface JobProgress {
  update(event: JobEvent): void;
  /** Leaves the terminal as it was; idempotent. */
  stop(): void;
}

export function showJobProgress(
  context: Context,
  nowMs: () => number = () => performance.now(),
): JobProgress {
  const meter = new RateMeter();
  const terminal = context.stderr;
  const show = terminal.isTTY === true ? terminalBar(context) : periodicLines(context, nowMs);
  return {
    update(event) {
      const { succeeded, failed } = event.metrics.items;
      meter.add(succeeded + failed, nowMs());
      show.update(event, meter);
    },
    stop: () => show.stop(),
  };
}

interface Display {
  update(event: JobEvent, meter: RateMeter): void;
  stop(): void;
}

function terminalBar(context: Context): Display {
  let text = "";
  const bar = new SingleBar({
    format: () => text,
    stream: context.stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is ours: it stops the watching, not the job.
    gracefulExit: false,
    linewrap: true,
    fps: 10,
  });
  let isStarted = false;
  return {
    update(event, meter) {
      const { total, succeeded, failed } = event.metrics.items;
      text = progressText(event, meter, { bar: true });
      if (isStarted) {
        bar.setTotal(total ?? 0);
        bar.update(succeeded + failed);
      } else {
        bar.start(total ?? 0, succeeded + failed);
        isStarted = true;
      }
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}

function periodicLines(context: Context, nowMs: () => number): Display {
  let lastStatus = "";
  let lastText = "";
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return {
    update(event, meter) {
      const isDue = nowMs() - lastAtMs >= LINE_INTERVAL_MS || event.status !== lastStatus;
      const text = progressText(event, meter, { bar: false });
      if (!isDue || text === lastText) return;
      context.stderr.write(`${text}\n`);
      lastStatus = event.status;
      lastText = text;
      lastAtMs = nowMs();
    },
    stop() {},
  };
}

/** One line such as `running  450/1,000 items  45%  123 items/s  ETA 5s  3 failed`. */
export function progressText(event: JobEvent, meter: RateMeter, options: { readonly bar: boolean }): string {
  const { total, succeeded, failed } = event.metrics.items;
  const done = succeeded + failed;
  const parts: string[] = [event.status];
  if (total === null) {
    parts.push(`${formatCount(done)} items done, total not known yet`);
  } else {
    const share = total === 0 ? 1 : done / total;
    if (options.bar) parts.push(drawBar(share));
    parts.push(`${formatCount(done)}/${formatCount(total)} items`, `${Math.floor(share * 100)}%`);
  }
  const rate = meter.perSecond;
  if (rate !== undefined && done > 0) parts.push(`${formatRate(rate)} items/s`);
  const eta = total === null ? undefined : meter.etaSeconds(total - done);
  if (eta !== undefined && eta > 0) parts.push(`ETA ${formatDuration(eta)}`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  return parts.join("  ");
}

function drawBar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR_CELLS);
  return `[${"=".repeat(full)}${" ".repeat(BAR_CELLS - full)}]`;
}
