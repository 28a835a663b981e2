import {
  isTerminal,
  type Job,
  type LogLine,
  type LogPositions,
  type LogPositionsView,
  type LogQuery,
  logPositionId,
  parseLogPositions,
} from "@millrace/core";
import { findJob } from "../http/find-job.ts";
import { booleanQuery, integerQuery, listQuery, queryOf, timeQuery } from "../http/query.ts";
import { QUERY_RANGES } from "../http/query-ranges.ts";
import { param } from "../http/route-params.ts";
import type { RouteContext, RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";
import { openEventStream } from "../streams/event-stream.ts";
import { jsonLine, sendNdjson } from "../streams/ndjson-body.ts";
import { logLineView } from "../views/log-line-view.ts";

/** Workers say their last words after the job has its status: a followed log ends once it was silent this long. */
const SILENCE_MS = 1_000;

/** `GET /<endpoint>/<id>/logs`: NDJSON of what is there, or server-sent events with `?follow=true`. */
export function getJobLogs(services: Services): RouteHandler {
  return async (ctx) => {
    const values = queryOf(ctx, ["follow", "worker", "since", "tail"], { repeatable: ["worker"] });
    const follow = booleanQuery("follow", values.follow);
    const tail = integerQuery("tail", values.tail, QUERY_RANGES.tail);
    const query = {
      workers: workersQuery(ctx),
      sinceMs: timeQuery("since", values.since),
      after: lastEventId(ctx),
    };
    const job = await findJob(services.backend, param(ctx, "endpoint"), param(ctx, "id"));
    const { jobId } = job.spec;
    const { logs } = services.backend;
    // A client that was cut off sends what it has seen: it wants what follows, not the last lines again.
    const beforeTail =
      tail === undefined || query.after ? undefined : await logs.beforeLast(jobId, tail, query);
    const selection = beforeTail ? { ...query, after: beforeTail } : query;
    if (!follow) return sendNdjson(ctx, lines(logs.read(jobId, selection), job));
    if (ctx.method === "HEAD") {
      ctx.set("Content-Type", "text/event-stream");
      ctx.status = 200;
      return;
    }
    followLogs(services, ctx, { job, query: selection, beforeTail });
  };
}

/** `worker=0,3`, or several times `worker`. */
function workersQuery(ctx: RouteContext): readonly number[] | undefined {
  const workers = listQuery(ctx, "worker");
  return workers?.map((text) => integerQuery("worker", text, QUERY_RANGES.worker) as number);
}

function lastEventId(ctx: RouteContext): LogPositions | undefined {
  const text = ctx.get("Last-Event-ID");
  return text === "" ? undefined : parseLogPositions(text);
}

async function* lines(log: AsyncIterable<LogLine>, job: Job): AsyncGenerator<string> {
  for await (const line of log) yield jsonLine(logLineView(line, job));
}

interface Following {
  readonly job: Job;
  readonly query: LogQuery;
  /** Told to the client before the first line. */
  readonly beforeTail: LogPositions | undefined;
}

function followLogs(services: Services, ctx: RouteContext, { job, query, beforeTail }: Following): void {
  const { jobId } = job.spec;
  const gone = new AbortController();
  const ending = new AbortController();
  // Before the answer begins: a position that is none is refused.
  const log = services.backend.logs.follow(jobId, { ...query, signal: gone.signal, ending: ending.signal });
  const stream = openEventStream(ctx, services.stopping);
  stream.signal.addEventListener("abort", () => gone.abort(), { once: true });
  const silence = endAfterSilence(ending, isTerminal(job.status));
  const unwatch = services.watcher.watch(jobId, {
    progress() {},
    end: silence.begin,
    error: stream.end,
  });
  const run = async () => {
    if (beforeTail) await stream.send("positions", positionsView(beforeTail));
    for await (const line of log) {
      silence.restart();
      const id = logPositionId(line.worker, line.position);
      await stream.send("log", logLineView(line, job), { id });
    }
    if (gone.signal.aborted) return;
    const { status } = await services.backend.ledger.jobs.get(jobId);
    await stream.send("end", { job_id: jobId, status });
  };
  run()
    .catch((error) => ctx.state.logger.warn("cannot follow logs", { job_id: jobId, error }))
    .finally(() => {
      unwatch();
      silence.stop();
      // Without the event `end` the client knows that there is more, and comes again.
      stream.end();
    });
}

/** Aborts `ending` when the job is over and no line has come for a while. */
function endAfterSilence(ending: AbortController, isOver: boolean) {
  let timer: NodeJS.Timeout | undefined;
  let over = isOver;
  const restart = () => {
    clearTimeout(timer);
    if (over) timer = setTimeout(() => ending.abort(), SILENCE_MS);
  };
  const begin = () => {
    over = true;
    restart();
  };
  restart();
  return { begin, restart, stop: () => clearTimeout(timer) };
}

function positionsView(positions: LogPositions): LogPositionsView {
  return { positions: [...positions].map(([worker, position]) => logPositionId(worker, position)) };
}
