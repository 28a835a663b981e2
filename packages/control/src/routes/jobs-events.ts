import type { JobSummary } from "@millrace/core";
import { JOB_FILTERS, jobFilter, REPEATABLE } from "../http/job-filter.ts";
import { queryOf } from "../http/query.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { openEventStream } from "../streams/event-stream.ts";
import { LatestSender } from "../streams/latest.ts";

/**
 * `GET /jobs/events`: server-sent events `jobs`, of jobs that are new or changed. They are chosen as in a list, but
 * whatever their status: one that leaves a status that was asked for is told of, too.
 */
export function getJobsEvents(services: Services): RouteHandler {
  return (ctx) => {
    const filter = jobFilter(ctx, queryOf(ctx, JOB_FILTERS, { repeatable: REPEATABLE }));
    if (ctx.method === "HEAD") {
      ctx.set("Content-Type", "text/event-stream");
      ctx.status = 200;
      return;
    }
    const stream = openEventStream(ctx, services.stopping);
    const sender = new LatestSender<readonly JobSummary[]>((jobs) => stream.send("jobs", { jobs }), merged);
    const unwatch = services.jobsWatcher.watch((jobs) => {
      const chosen = jobs.filter((job) => isChosen(job, filter));
      if (chosen.length > 0) sender.push(chosen);
    });
    stream.signal.addEventListener("abort", unwatch, { once: true });
  };
}

function isChosen(job: JobSummary, filter: ReturnType<typeof jobFilter>): boolean {
  const { apiName, labels = {}, search = "" } = filter;
  const text = [job.job_id, job.api_name, ...Object.entries(job.labels).flat()].join(" ").toLowerCase();
  return (
    (apiName === undefined || job.api_name === apiName) &&
    Object.entries(labels).every(([key, value]) => job.labels[key] === value) &&
    text.includes(search.toLowerCase())
  );
}

/** Of a job that both tell of, what the later one says. */
function merged(before: readonly JobSummary[], next: readonly JobSummary[]): readonly JobSummary[] {
  return [...new Map([...before, ...next].map((job) => [job.job_id, job])).values()];
}
