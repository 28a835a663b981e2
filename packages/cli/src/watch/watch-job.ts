import { setTimeout as delay } from "node:timers/promises";
import { isClientError, type MillraceClient } from "@millrace/client";
import type { JobStatusResponse } from "@millrace/core";
import { EXIT, type ExitCode, jobExitCode } from "../exit-codes.ts";
import { formatCount, formatDuration, formatRate } from "../format.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { showJobProgress } from "./job-progress.ts";
import type { WatchedJob } from "./watched-job.ts";

/** How long to wait for an unreachable service, for example while it restarts. */
const AWAY_LIMIT_MS = 60_000;
const RECONNECT_MS = 500;

/**
 * Waits for a job's end while showing its progress; then prints its summary, or its status with `-o json`.
 *
 * @throws {UserError} with exit code 130 on Ctrl-C; the job continues
 */
export async function watchJob(app: App, client: MillraceClient, job: WatchedJob): Promise<ExitCode> {
  const { signal } = app.context;
  try {
    await followToEnd(app, client, job);
    const status = await client.job(job.endpoint, job.jobId, { signal });
    app.output.document(status);
    printSummary(app, job, status);
    return jobExitCode(status.job_status.status);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UserError(`stopped watching; job ${job.jobId} keeps running`, {
      exitCode: EXIT.interrupted,
      hint: `watch it: millrace get ${job.api} ${job.jobId} --watch; stop it: millrace delete ${job.api} ${job.jobId}`,
    });
  }
}

async function followToEnd(app: App, client: MillraceClient, job: WatchedJob): Promise<void> {
  const { signal } = app.context;
  const progress = showJobProgress(app, client, job);
  let lastHeardMs = performance.now();
  try {
    for (;;) {
      try {
        for await (const { event, data } of client.events(job.endpoint, job.jobId, { signal })) {
          lastHeardMs = performance.now();
          progress.update(data);
          if (event === "end") return;
        }
      } catch (error) {
        signal.throwIfAborted();
        const isAway = isClientError(error) && (error.code === "unreachable" || error.status === 503);
        if (!isAway || performance.now() - lastHeardMs > AWAY_LIMIT_MS) throw error;
      }
      progress.away();
      // The stream ended before the job did: the service is restarting, or a proxy closed it.
      await delay(RECONNECT_MS, undefined, { signal });
    }
  } finally {
    await progress.stop();
  }
}

function printSummary(app: App, job: WatchedJob, { job_status: status, metrics }: JobStatusResponse): void {
  const { output } = app;
  const { total, succeeded, failed } = metrics.items;
  const counts = `${formatCount(succeeded)} of ${total === null ? "?" : formatCount(total)} items succeeded, ${formatCount(failed)} failed`;
  output.line(
    `job ${job.jobId} ${output.status(status.status)}: ${counts}${speed(status, succeeded + failed)}`,
  );
  if (status.status_reason !== null) output.line(`reason: ${status.status_reason.message}`);
  if (succeeded > 0) output.line(`results: millrace results ${job.api} ${job.jobId}`);
  if (failed > 0) output.line(`failures: millrace failures ${job.api} ${job.jobId}`);
  const hasFailed = jobExitCode(status.status) === EXIT.failed;
  if (hasFailed) output.line(`logs: millrace logs ${job.api} ${job.jobId}`);
  // A job that was never fully enqueued has nothing to retry.
  if (failed > 0 || (hasFailed && total !== null)) {
    output.line(`retry: millrace retry ${job.api} ${job.jobId}`);
  }
}

function speed(status: JobStatusResponse["job_status"], items: number): string {
  if (status.end_time === null) return "";
  const seconds =
    (Date.parse(status.end_time) - Date.parse(status.start_time ?? status.created_time)) / 1_000;
  if (!(seconds > 0) || items === 0) return "";
  return ` in ${formatDuration(seconds)} (${formatRate(items / seconds)} items/s)`;
}
