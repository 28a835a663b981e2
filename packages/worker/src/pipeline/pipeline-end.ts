import type { StatusReason } from "@millrace/core";

/** Why a pipeline ended; the first reason wins. */
export type PipelineEnd =
  /** Every item of the job has its row. */
  | { readonly kind: "complete" }
  /** Somebody ended the job: stopped, timed out, failed elsewhere. */
  | { readonly kind: "job_over" }
  /** The breaker: the job should end with this reason. */
  | { readonly kind: "broken"; readonly reason: StatusReason }
  /** The predictor cannot be constructed, or the state cannot be written. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** This worker was asked to end. */
  | { readonly kind: "released" };
