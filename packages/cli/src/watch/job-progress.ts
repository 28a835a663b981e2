import type { MillraceClient } from "@millrace/client";
import type { App } from "../session.ts";
import { liveView } from "./live-view.ts";
import { progressLines } from "./progress-lines.ts";
import type { JobProgress, WatchedJob } from "./watched-job.ts";

/** A live view on a terminal, plain lines elsewhere. */
export function showJobProgress(app: App, client: MillraceClient, job: WatchedJob): JobProgress {
  const { stderr, env } = app.context;
  const nowMs = () => performance.now();
  if (stderr.isTTY === true && env.TERM !== "dumb") return liveView(app, client, { job, nowMs });
  return progressLines(stderr, nowMs);
}
