import type { JobEvent, WorkersEvent } from "@millrace/core";
import { JobEventSchema, WorkersEventSchema } from "@millrace/core/schemas";
import { findJob } from "../http/find-job.ts";
import { FLAG, optional } from "../http/query-fields.ts";
import { events } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { answerHead, openEventStream } from "../streams/event-stream.ts";
import { LatestSender } from "../streams/latest.ts";
import { route } from "./route.ts";

export const getJobEvents = route({
  id: "getJobEvents",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}/events",
  summary: "Server-sent events `progress`, then `end`. With `workers`, also events `workers`",
  query: { workers: optional(FLAG) },
  responses: answers(
    events({ progress: JobEventSchema, workers: WorkersEventSchema, end: JobEventSchema }),
    [404],
  ),
  handler: (services) => async (ctx, query) => {
    const job = await findJob(services.backend, ctx.params.endpoint, ctx.params.id);
    if (answerHead(ctx)) return;
    const stream = openEventStream(ctx, services.stopping);
    const progress = new LatestSender<JobEvent>((event) => stream.send("progress", event));
    const workers = new LatestSender<WorkersEvent>((event) => stream.send("workers", event), merged);
    const unwatch = services.watcher.watch(job.spec.jobId, {
      progress: (event) => progress.push(event),
      ...(query.workers && { workers: (event) => workers.push(event) }),
      async end(event) {
        await progress.drained();
        await workers.drained();
        await stream.send("end", event);
        stream.end();
      },
      error: () => stream.end(),
    });
    stream.signal.addEventListener("abort", unwatch, { once: true });
  },
});

/** Merges two events; for a worker in both, the later one wins. */
function merged(before: WorkersEvent, next: WorkersEvent): WorkersEvent {
  const workers = new Map([...before.workers, ...next.workers].map((view) => [view.worker, view]));
  return { ...next, workers: [...workers.values()] };
}
