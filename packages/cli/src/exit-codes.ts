import type { JobStatus } from "@millrace/core";

/** Exit codes of the process; scripts may rely on them. */
export const EXIT = Object.freeze({
  ok: 0,
  /** The deployment, the watched job or the service failed. */
  failed: 1,
  /** Wrong usage, or rejected input. */
  usage: 2,
  /** The watched job ended `completed_with_failures`. */
  someItemsFailed: 3,
  /** The service is unreachable, or rejected the token. */
  unreachable: 4,
  /** Ctrl-C. */
  interrupted: 130,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODE_HELP = `
Exit codes:
  0    success; a watched job ended "succeeded"
  1    the deploy, the watched job or the service failed; doctor found a problem
  2    wrong usage, or refused input (including: no such API or job)
  3    a watched job ended "completed_with_failures"
  4    the service cannot be reached, or refused the token
  75   cluster up: a manual step is needed; run it again afterwards to continue
  78   cluster: cluster.yaml is invalid
  130  interrupted; a watched job keeps running

Environment:
  MILLRACE_HOME   where the service keeps its state; if unset, the nearest .millrace in this directory or a parent
  MILLRACE_ENV    the environment, like --env; see: millrace env list
  MILLRACE_URL    address of the service, instead of an environment
  MILLRACE_TOKEN  token for MILLRACE_URL, or to use instead of the home's token
  MILLRACE_DEBUG  1 shows the stack trace of an error
  NO_COLOR        1 turns colours off`;

/** The exit code for a job that was watched to its end. */
export function jobExitCode(status: JobStatus): ExitCode {
  if (status === "succeeded") return EXIT.ok;
  return status === "completed_with_failures" ? EXIT.someItemsFailed : EXIT.failed;
}

/** The exit code for an error from the service, or for no answer. */
export function serviceExitCode(error: {
  readonly code: string;
  readonly status: number | undefined;
}): ExitCode {
  if (error.code === "unreachable" || error.status === 401 || error.status === 403) return EXIT.unreachable;
  // Both have status 422, but the fault is in the project, not in the request.
  if (error.code === "predictor_not_loadable" || error.code === "dependencies_failed") return EXIT.failed;
  return error.status !== undefined && error.status >= 400 && error.status < 500 ? EXIT.usage : EXIT.failed;
}
