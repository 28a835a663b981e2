import {
  type Backend,
  isTerminal,
  type Job,
  type LogPositions,
  type LogPositionsView,
  type LogQuery,
  logPositionId,
} from "@millrace/core";
import type { RequestContext } from "../http/types.ts";
import { logLineView } from "../views/log-line-view.ts";
import { openEventStream } from "./event-stream.ts";
import type { JobWatcher } from "./job-watcher.ts";

/** Workers may log after the job's final status is set: a followed log ends after this much silence. */
const SILENCE_MS = 1_000;

interface Sources {
  readonly backend: Backend;
  readonly watcher: Pick<JobWatcher, "watch">;
  readonly stopping: AbortSignal;
}

export interface Following {
  readonly job: Job;
  readonly query: LogQuery;
  /** Sent to the client before the first line. */
  readonly beforeTail: LogPositions | undefined;
}

/** Sends lines as they arrive, until the job is over. */
export function followLogs(
  services: Sources,
  ctx: RequestContext,
  { job, query, beforeTail }: Following,
): void {
  const { jobId } = job.spec;
  const gone = new AbortController();
  const ending = new AbortController();
  // Before the response starts, so that an invalid position is rejected.
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
      // Without an `end` event, the client knows that there is more and reconnects.
      stream.end();
    });
}

/** Aborts `ending` when the job is over and no line has arrived for a while. */
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
