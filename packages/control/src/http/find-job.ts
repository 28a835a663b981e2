import { type Backend, isMillraceError, type Job, MillraceError } from "@millrace/core";
import { apiAt } from "./find-api.ts";
import { PATH_PARAMETERS } from "./path-parameters.ts";
import type { QueryValues } from "./query.ts";
import { asSent, badQuery } from "./query-fields.ts";
import type { RequestContext } from "./types.ts";

/** Job ids are ULIDs; nothing else reaches the ledger, whose files are named after job ids. */
const JOB_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * A job of an endpoint: one that was submitted there, or to the API that has the endpoint now.
 *
 * @throws {MillraceError} job_not_found, api_not_found when the endpoint does not exist either
 */
export async function findJob(backend: Backend, endpoint: string, jobId: string): Promise<Job> {
  const job = JOB_ID.test(jobId) ? await getJob(backend, jobId) : undefined;
  if (job?.spec.endpoint === endpoint) return job;
  const api = await apiAt(backend, endpoint);
  if (job?.spec.apiName === api.name) return job;
  throw noSuchJob(jobId, endpoint);
}

export function noSuchJob(jobId: string, endpoint: string): MillraceError {
  return new MillraceError(
    "job_not_found",
    `Cannot find job "${jobId}" of "${endpoint}": there is no such job; GET /jobs lists them`,
    { details: { job_id: jobId, endpoint } },
  );
}

async function getJob(backend: Backend, jobId: string): Promise<Job | undefined> {
  try {
    return await backend.ledger.jobs.get(jobId);
  } catch (error) {
    if (isMillraceError(error, "job_not_found")) return undefined;
    throw error;
  }
}

/** A job identified in the query, as in Cortex. */
export const JOB_IN_QUERY = {
  // Any other value is an unknown job, not an invalid request.
  jobID: asSent(PATH_PARAMETERS.id.meta({ description: "The job, as Cortex names it." })),
};

/** @throws {MillraceError} invalid_request when the query does not contain one */
export function jobIdInQuery(ctx: RequestContext, { jobID }: QueryValues<typeof JOB_IN_QUERY>): string {
  if (jobID) return jobID;
  throw badQuery("jobID", `Cannot tell which job is meant: expected ?jobID=<id> or ${ctx.path}/<id>`);
}
