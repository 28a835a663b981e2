import {
  type ErrorCode,
  isMillraceError,
  type JobStatus,
  type StatusReason,
  WORKER_EXIT,
  waitOut,
} from "@millrace/core";
import { inOneLine } from "../context/explain.ts";
import type { WorkerContext } from "../context/worker-context.ts";

/** A final status and its reason. */
export interface JobEnd {
  readonly status: JobStatus;
  readonly reason: StatusReason;
}

/** Ends the job unless it is already over. */
export async function endJob(context: WorkerContext, { status, reason }: JobEnd): Promise<void> {
  const { backend, job } = context;
  await waitOut(
    () => backend.ledger.jobs.transition(job.jobId, status, { atMs: Date.now(), reason }),
    context,
  );
}

/**
 * Ends a job with damaged state: no other worker could continue either.
 * @returns the process's exit code @throws every other error
 */
export async function endDamagedJob(context: WorkerContext, error: unknown): Promise<number> {
  if (!isMillraceError(error, "state_corrupt")) throw error;
  context.logger.error("the job's state is damaged", { error });
  await endJob(context, { status: "unexpected_error", reason: { code: error.code, message: error.message } });
  return WORKER_EXIT.done;
}

const PREDICTOR_CODES: ReadonlySet<ErrorCode> = new Set([
  "predictor_init_failed",
  "predictor_not_loadable",
  "predictor_crashed",
  "predictor_out_of_memory",
  "dependencies_failed",
  "invalid_archive",
]);

/** True when every other worker would fail the same way. */
export function isPredictorFailure(error: unknown): boolean {
  return isMillraceError(error) && PREDICTOR_CODES.has(error.code);
}

/** How to end a job whose predictor cannot be constructed. */
export function predictorFailure(error: unknown): JobEnd {
  const code = isMillraceError(error) ? error.code : "internal";
  const status = code === "predictor_out_of_memory" ? "worker_oom" : "worker_error";
  const message = error instanceof Error ? error.message : String(error);
  const why = inOneLine({ type: isMillraceError(error) ? error.details.type : undefined, message });
  return { status, reason: { code, message: `The predictor cannot be constructed: ${why}` } };
}
