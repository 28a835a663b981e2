import type { MillraceClient } from "@millrace/client";
import type { JobEvent } from "@millrace/core";
import type { App } from "../session.ts";
import { JobDetailsReader } from "./job-details.ts";
import { liveFrame } from "./live-frame.ts";
import { RateMeter } from "./rate-meter.ts";
import { Screen } from "./screen.ts";
import { fitLine } from "./styled-line.ts";
import type { JobProgress, WatchedJob } from "./watched-job.ts";

/** Updates the times between two events. */
const TICK_MS = 1_000;

/** Shows a job's progress in a few lines on a terminal, redrawn as it changes and removed at the end. */
export function liveView(
  app: App,
  client: MillraceClient,
  { job, nowMs }: { readonly job: WatchedJob; readonly nowMs: () => number },
): JobProgress {
  const { stderr, signal } = app.context;
  const screen = new Screen(stderr);
  const meter = new RateMeter();
  let event: JobEvent | undefined;
  let isAway = false;
  let isStopped = false;
  const draw = () => {
    if (isStopped) return;
    const { columns, maxLines } = screen;
    const frame = liveFrame({ event, meter, details: details.current, isAway, nowMs: nowMs() }, columns);
    const lines = frame.slice(0, maxLines);
    screen.draw(
      lines.map((line) => fitLine(line, columns, (style, text) => app.output.style(style, text, "stderr"))),
    );
  };
  const details = new JobDetailsReader(client, { job, nowMs, signal, onChange: draw });
  const tick = () => {
    if (event !== undefined && !isAway) details.look(event);
    draw();
  };
  const timer = setInterval(tick, TICK_MS);
  stderr.on("resize", draw);
  return {
    update(next) {
      event = next;
      isAway = false;
      const { succeeded, failed } = next.metrics.items;
      meter.add(succeeded + failed, nowMs());
      tick();
    },
    away() {
      isAway = true;
      draw();
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      clearInterval(timer);
      stderr.off("resize", draw);
      screen.clear();
      await details.stop();
    },
  };
}
