import type { JobEvent } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { openEventStream } from "../streams/event-stream.ts";

/** `GET /<endpoint>/<id>/events`: server-sent events `progress`, then `end`. */
export function getJobEvents(services: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const job = await findJob(services.backend, param(ctx, "endpoint"), param(ctx, "id"));
    if (ctx.method === "HEAD") {
      ctx.set("Content-Type", "text/event-stream");
      ctx.status = 200;
      return;
    }
    const stream = openEventStream(ctx, services.stopping);
    // A client that reads slowly misses steps in between, never the last one.
    let sending: Promise<void> | undefined;
    let latest: JobEvent | undefined;
    const drain = async () => {
      while (latest) {
        const event = latest;
        latest = undefined;
        await stream.send("progress", event);
      }
      sending = undefined;
    };
    const unwatch = services.watcher.watch(job.spec.jobId, {
      progress(event) {
        latest = event;
        sending ??= drain();
      },
      async end(event) {
        await sending;
        await stream.send("end", event);
        stream.end();
      },
      error: () => stream.end(),
    });
    stream.signal.addEventListener("abort", unwatch, { once: true });
  };
}
