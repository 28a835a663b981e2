import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS, type Job, waitOut } from "@millrace/core";
import type { WorkerContext } from "../context/worker-context.ts";
import { hostCommand, type LaunchPredictor, PredictorProcess } from "../predictor-process/mod.ts";
import { type Prepared, predictorEnvironment } from "../prepare/prepared.ts";
import { withUmask } from "../user-umask.ts";

export interface PredictorHome {
  readonly prepared: Prepared;
  /** This process's environment, which the predictor inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default this process's */
  readonly umask?: number | undefined;
}

interface Start extends PredictorHome {
  /** The source of the constructor's `job_spec`. */
  readonly job: Job;
  readonly signal: AbortSignal;
}

/** Launches a job's predictors, each in its own process. Rejections: predictor_init_failed, … */
export function predictorLauncher(
  context: WorkerContext,
  home: PredictorHome,
): (job: Job) => LaunchPredictor {
  return (job) => (signal) => {
    const predictor = new PredictorProcess();
    return { predictor, ready: start(predictor, context, { ...home, job, signal }) };
  };
}

async function start(
  predictor: PredictorProcess,
  context: WorkerContext,
  { prepared, env, umask, job, signal }: Start,
): Promise<void> {
  const { type, path, pythonPath, concurrency, preprocess, stallTimeoutSeconds } = context.api.spec.predictor;
  const { memBytes: memLimitBytes } = context.api.spec.compute;
  const { python } = prepared;
  const host = hostCommand({
    type,
    ...(python !== undefined && { python }),
    memLimitBytes,
    cwd: prepared.cwd,
  });
  const options = {
    command: withUmask(host, umask),
    cwd: prepared.cwd,
    env: predictorEnvironment(prepared, env),
    memLimitBytes,
    ...(stallTimeoutSeconds !== undefined && { stallTimeoutMs: stallTimeoutSeconds * 1_000 }),
    onLine: (line: string, batch?: string) => context.log.add("info", line, batch),
    signal,
  };
  await ownTurn(job, { context, signal });
  // The machine may temporarily lack processes, descriptors or memory.
  await waitOut(() => predictor.start(options), { logger: context.logger, signal });
  const { config, jobId, apiName, workers, output } = context.job;
  const rules = { ...context.api.spec.output, ...output };
  await predictor.load({
    project_dir: prepared.cwd,
    path,
    type,
    config,
    job_spec: {
      job_id: jobId,
      api_name: apiName,
      config,
      workers,
      total_batch_count: job.totalBatches ?? null,
      start_time: job.startedAtMs === undefined ? null : new Date(job.startedAtMs).toISOString(),
    },
    python_path: pythonPath,
    output: rules,
    ...(concurrency !== undefined && { concurrency }),
    ...(preprocess && { preprocess }),
  });
  await predictor.construct({ timeoutMs: DEFAULTS.constructorTimeoutSeconds * 1_000 });
}

/** Waits until this worker's predictor may start, so that a job's constructors do not all load at once. */
async function ownTurn(
  { startedAtMs, spec }: Job,
  { context, signal }: { readonly context: WorkerContext; readonly signal: AbortSignal },
): Promise<void> {
  const { startStaggerSeconds = 0 } = context.api.spec.predictor;
  const turnMs = context.worker * startStaggerSeconds * 1_000;
  // The machine's clock may be behind the one that the start was read from.
  const sinceStartMs = Math.max(0, Date.now() - (startedAtMs ?? spec.createdAtMs));
  const waitMs = turnMs - sinceStartMs;
  // An aborted wait is followed by a start that says so.
  if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
}
