import { DEFAULTS } from "@millrace/core";
import { persist } from "../pipeline/persist.ts";
import { hostCommand, type OnLine, type PredictorProcess } from "../predictor-process/mod.ts";
import { type Prepared, predictorEnvironment } from "../prepare/prepared.ts";
import { withUmask } from "../user-umask.ts";
import type { WorkerContext } from "./context.ts";

/** What the predictor's constructor gets as `job_spec`. */
export interface StartPredictorOptions {
  readonly prepared: Prepared;
  /** This process's environment, which the predictor inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default this process's */
  readonly umask?: number | undefined;
  readonly totalBatches: number | null;
  readonly startedAtMs: number | undefined;
  readonly onLine: OnLine;
}

/** Starts the process, and loads and constructs the predictor in it. @throws {MillraceError} predictor_init_failed, … */
export async function startPredictor(
  predictor: PredictorProcess,
  context: WorkerContext,
  options: StartPredictorOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { job, api } = context;
  const { type, path, pythonPath } = api.spec.predictor;
  const { prepared, onLine, signal } = options;
  const { memBytes: memLimitBytes } = api.spec.compute;
  const host = hostCommand({
    type,
    ...(prepared.python !== undefined && { python: prepared.python }),
    memLimitBytes,
  });
  const start = {
    command: withUmask(host, options.umask),
    cwd: prepared.cwd,
    env: predictorEnvironment(prepared, options.env),
    memLimitBytes,
    onLine,
    signal,
  };
  // The machine may be out of processes, descriptors or memory for a while.
  await persist(() => predictor.start(start), { logger: context.logger, signal });
  await predictor.load({
    project_dir: prepared.cwd,
    path,
    type,
    config: job.config,
    job_spec: {
      job_id: job.jobId,
      api_name: job.apiName,
      config: job.config,
      workers: job.workers,
      total_batch_count: options.totalBatches,
      start_time: options.startedAtMs === undefined ? null : new Date(options.startedAtMs).toISOString(),
    },
    python_path: pythonPath,
  });
  await predictor.construct({ timeoutMs: DEFAULTS.constructorTimeoutSeconds * 1_000 });
}
