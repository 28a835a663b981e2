import type { JobQuery, JobSummary } from "@millrace/core";
import { JobsEventSchema } from "@millrace/core/schemas";
import { JOB_FILTER, jobQuery } from "../http/job-filter.ts";
import { events } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { answerHead, openEventStream } from "../streams/event-stream.ts";
import { LatestSender } from "../streams/latest.ts";
import { route } from "./route.ts";

/** Jobs are filtered as in a list, but regardless of status: a job that leaves a requested status is reported too. */
export const getJobsEvents = route({
  id: "getJobsEvents",
  tag: "jobs",
  method: "get",
  path: "/jobs/events",
  summary: "Server-sent events `jobs`: new and changed jobs, in any status",
  query: JOB_FILTER,
  responses: answers(events({ jobs: JobsEventSchema })),
  handler: (services) => (ctx, query) => {
    const filter = jobQuery(query);
    if (answerHead(ctx)) return;
    const stream = openEventStream(ctx, services.stopping);
    const sender = new LatestSender<readonly JobSummary[]>((jobs) => stream.send("jobs", { jobs }), merged);
    const unwatch = services.jobListWatcher.watch((jobs) => {
      const chosen = jobs.filter((job) => isChosen(job, filter));
      if (chosen.length > 0) sender.push(chosen);
    });
    stream.signal.addEventListener("abort", unwatch, { once: true });
  },
});

function isChosen(job: JobSummary, filter: Pick<JobQuery, "apiName" | "labels" | "search">): boolean {
  const { apiName, labels = {}, search = "" } = filter;
  const text = [job.job_id, job.api_name, ...Object.entries(job.labels).flat()].join(" ").toLowerCase();
  return (
    (apiName === undefined || job.api_name === apiName) &&
    Object.entries(labels).every(([key, value]) => job.labels[key] === value) &&
    text.includes(search.toLowerCase())
  );
}

/** For a job in both lists, the later summary wins. */
function merged(before: readonly JobSummary[], next: readonly JobSummary[]): readonly JobSummary[] {
  return [...new Map([...before, ...next].map((job) => [job.job_id, job])).values()];
}
