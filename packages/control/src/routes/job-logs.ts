import { isTerminal, type Job, type LogLine } from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { booleanQuery, integerQuery, queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteContext, RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { openEventStream } from "../streams/event-stream.ts";
import { jsonLine, sendNdjson } from "../streams/ndjson-body.ts";
import { logLineView } from "../views/log-line-view.ts";

/** Workers say their last words after the job has its status: a followed log ends once it was silent this long. */
const SILENCE_MS = 1_000;

interface LogSelection {
  readonly worker?: number;
}

/** `GET /<endpoint>/<id>/logs`: NDJSON of what is there, or server-sent events with `?follow=true`. */
export function getJobLogs(services: Services): RouteHandler {
  return async (ctx) => {
    const query = queryOf(ctx, ["follow", "worker"]);
    const follow = booleanQuery("follow", query.follow);
    const worker = integerQuery("worker", query.worker, { min: 0, max: 1_000_000 });
    const job = await findJob(services.backend, param(ctx, "endpoint"), param(ctx, "id"));
    const selection = worker === undefined ? {} : { worker };
    if (!follow) return sendNdjson(ctx, lines(services.backend.logs.read(job.spec.jobId, selection)));
    if (ctx.method === "HEAD") {
      ctx.set("Content-Type", "text/event-stream");
      ctx.status = 200;
      return;
    }
    followLogs(services, ctx, job, selection);
  };
}

async function* lines(log: AsyncIterable<LogLine>): AsyncGenerator<string> {
  for await (const line of log) yield jsonLine(logLineView(line));
}

function followLogs(services: Services, ctx: RouteContext, job: Job, selection: LogSelection): void {
  const { jobId } = job.spec;
  const stream = openEventStream(ctx, services.stopping);
  const enough = new AbortController();
  const signal = AbortSignal.any([stream.signal, enough.signal]);
  const silence = { timer: undefined as NodeJS.Timeout | undefined, over: isTerminal(job.status) };
  const restartSilence = () => {
    clearTimeout(silence.timer);
    if (silence.over) silence.timer = setTimeout(() => enough.abort(), SILENCE_MS);
  };
  const whenOver = () => {
    silence.over = true;
    restartSilence();
  };
  const unwatch = services.watcher.watch(jobId, {
    progress() {},
    end: whenOver,
    error: () => enough.abort(),
  });
  const run = async () => {
    try {
      for await (const line of services.backend.logs.follow(jobId, { ...selection, signal })) {
        restartSilence();
        await stream.send("log", logLineView(line));
      }
    } catch (error) {
      if (!signal.aborted) ctx.state.logger.warn("cannot follow logs", { job_id: jobId, error });
    }
    unwatch();
    clearTimeout(silence.timer);
    const { status } = await services.backend.ledger.jobs.get(jobId);
    await stream.send("end", { job_id: jobId, status });
    stream.end();
  };
  void run().catch(() => stream.end());
}
