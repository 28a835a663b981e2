import { type JobStatus, MillraceError } from "@millrace/core";

// Errors that middleware and routes throw and that the OpenAPI document shows: one text for both.

/** @param why for example `no token` */
export function unauthorized(why: string): MillraceError {
  return new MillraceError(
    "unauthorized",
    `Cannot accept the request: ${why}, expected the header "Authorization: Bearer <token>" with the token from the service's file "token"`,
  );
}

export function hostNotAllowed(name: string, allowed: Iterable<string>): MillraceError {
  return new MillraceError(
    "host_not_allowed",
    `Cannot serve host "${name}": expected one of ${[...allowed].join(", ")}; add it to MILLRACE_ALLOWED_HOSTS`,
  );
}

export function isStopping(): MillraceError {
  return new MillraceError("unavailable", "Cannot take requests: the service is stopping; try again later");
}

export function notToBeRetried(
  { jobId, status }: { readonly jobId: string; readonly status: JobStatus },
  state: string = `it is ${status}, expected a job that is over; wait for it or stop it`,
): MillraceError {
  return new MillraceError("conflict", `Cannot retry job "${jobId}": ${state}`, {
    details: { job_id: jobId, status },
  });
}
