import { type ApiSpec, isMillraceError, MillraceError } from "@millrace/core";
import { hostCommand, PredictorProcess } from "../predictor-process/mod.ts";
import type { Prepared } from "./prepared.ts";
import type { PrepareEvent } from "./run-step.ts";

/** Seconds that a predictor's module may take to load in a deploy; the constructor does not run there. */
export const LOAD_TIMEOUT_SECONDS = 300;

export interface LoadCheck {
  readonly spec: ApiSpec;
  readonly prepared: Prepared;
  /** The complete environment of the predictor. */
  readonly env: Readonly<Record<string, string>>;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** @default LOAD_TIMEOUT_SECONDS */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Imports the predictor as a worker would, then ends the process.
 *
 * @throws {MillraceError} predictor_not_loadable with type, message and traceback
 */
export async function checkLoads(check: LoadCheck): Promise<void> {
  const { spec, prepared, emit, signal } = check;
  const { type, path, config, pythonPath } = spec.predictor;
  const predictor = new PredictorProcess();
  emit({ type: "output", text: `loading ${path}` });
  try {
    await predictor.start({
      command: hostCommand({
        type,
        cwd: prepared.cwd,
        ...(prepared.python === undefined ? {} : { python: prepared.python }),
      }),
      cwd: prepared.cwd,
      env: check.env,
      onLine: (line: string) => emit({ type: "output", text: line }),
      signal,
    });
    await predictor.load(
      { project_dir: prepared.cwd, path, type, config, job_spec: {}, python_path: pythonPath },
      { timeoutMs: (check.timeoutSeconds ?? LOAD_TIMEOUT_SECONDS) * 1_000 },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw notLoadable(error, path);
  } finally {
    await predictor.kill();
  }
}

/** A module that exits, crashes or runs out of memory during import is not loadable either. */
function notLoadable(error: unknown, path: string): unknown {
  if (!isMillraceError(error) || error.code === "predictor_not_loadable") return error;
  return new MillraceError("predictor_not_loadable", `Cannot load "${path}": ${error.message}`, {
    details: { ...error.details, cause_code: error.code },
    cause: error,
  });
}
