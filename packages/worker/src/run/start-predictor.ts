import { DEFAULTS } from "@millrace/core";
import { hostCommand, type OnLine, PredictorProcess } from "../predictor-process/mod.ts";
import { type Prepared, predictorEnvironment } from "../prepare/prepared.ts";
import type { WorkerContext } from "./context.ts";

/** What the predictor's constructor gets as `job_spec`. */
export interface StartPredictorOptions {
  readonly prepared: Prepared;
  /** This process's environment, which the predictor inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly totalBatches: number | null;
  readonly startedAtMs: number | undefined;
  readonly onLine: OnLine;
}

/** Starts a predictor process and constructs the predictor in it. @throws {MillraceError} predictor_init_failed, … */
export async function startPredictor(
  context: WorkerContext,
  options: StartPredictorOptions & { readonly signal: AbortSignal },
): Promise<PredictorProcess> {
  const { job, api } = context;
  const { predictor, compute } = api.spec;
  const { prepared } = options;
  const process = new PredictorProcess();
  try {
    await process.start({
      command: hostCommand({
        type: predictor.type,
        ...(prepared.python !== undefined && { python: prepared.python }),
        memLimitBytes: compute.memBytes,
      }),
      cwd: prepared.cwd,
      env: predictorEnvironment(prepared, options.env),
      memLimitBytes: compute.memBytes,
      onLine: options.onLine,
      signal: options.signal,
    });
    await process.load({
      project_dir: prepared.cwd,
      path: predictor.path,
      type: predictor.type,
      config: job.config,
      job_spec: {
        job_id: job.jobId,
        api_name: job.apiName,
        config: job.config,
        workers: job.workers,
        total_batch_count: options.totalBatches,
        start_time: options.startedAtMs === undefined ? null : new Date(options.startedAtMs).toISOString(),
      },
      python_path: predictor.pythonPath,
    });
    await process.construct({ timeoutMs: DEFAULTS.constructorTimeoutSeconds * 1_000 });
    return process;
  } catch (error) {
    await process.kill();
    throw error;
  }
}
