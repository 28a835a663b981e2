import type { JobStatus } from "@millrace/core";

/** What the process ends with; scripts may rely on these. */
export const EXIT = Object.freeze({
  ok: 0,
  /** The API could not be deployed, the watched job failed, or the service did. */
  failed: 1,
  /** Wrong usage, or input that was refused. */
  usage: 2,
  /** The watched job ended `completed_with_failures`. */
  someItemsFailed: 3,
  /** The service is not reachable, or refused the token. */
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

/** The exit code of a job that was watched to its end. */
export function jobExitCode(status: JobStatus): ExitCode {
  if (status === "succeeded") return EXIT.ok;
  return status === "completed_with_failures" ? EXIT.someItemsFailed : EXIT.failed;
}

/** The exit code of an error that the service answered, or that there was no answer. */
export function serviceExitCode(error: {
  readonly code: string;
  readonly status: number | undefined;
}): ExitCode {
  if (error.code === "unreachable" || error.status === 401 || error.status === 403) return EXIT.unreachable;
  // Both come with 422, but it is the project that does not work, not the request.
  if (error.code === "predictor_not_loadable" || error.code === "dependencies_failed") return EXIT.failed;
  return error.status !== undefined && error.status >= 400 && error.status < 500 ? EXIT.usage : EXIT.failed;
}
