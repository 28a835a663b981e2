import type { JobEvent, WorkersEvent } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { booleanQuery, queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { openEventStream } from "../streams/event-stream.ts";
import { LatestSender } from "../streams/latest.ts";

/** `GET /<endpoint>/<id>/events`: server-sent events `progress`, then `end`; with `?workers=true` also `workers`. */
export function getJobEvents(services: Services): RouteHandler {
  return async (ctx) => {
    const withWorkers = booleanQuery("workers", queryOf(ctx, ["workers"]).workers);
    const job = await findJob(services.backend, param(ctx, "endpoint"), param(ctx, "id"));
    if (ctx.method === "HEAD") {
      ctx.set("Content-Type", "text/event-stream");
      ctx.status = 200;
      return;
    }
    const stream = openEventStream(ctx, services.stopping);
    const progress = new LatestSender<JobEvent>((event) => stream.send("progress", event));
    const workers = new LatestSender<WorkersEvent>((event) => stream.send("workers", event), merged);
    const unwatch = services.watcher.watch(job.spec.jobId, {
      progress: (event) => progress.push(event),
      ...(withWorkers && { workers: (event) => workers.push(event) }),
      async end(event) {
        await progress.drained();
        await workers.drained();
        await stream.send("end", event);
        stream.end();
      },
      error: () => stream.end(),
    });
    stream.signal.addEventListener("abort", unwatch, { once: true });
  };
}

/** Both events as one: of a worker that both tell of, what the later one says. */
function merged(before: WorkersEvent, next: WorkersEvent): WorkersEvent {
  const workers = new Map([...before.workers, ...next.workers].map((view) => [view.worker, view]));
  return { ...next, workers: [...workers.values()] };
}
