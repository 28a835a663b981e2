import { type Backend, isMillraceError, type Job, MillraceError } from "@millrace/core";
import { apiAt } from "./find-api.ts";
import { PATH_PARAMETERS } from "./path-parameters.ts";
import type { QueryValues } from "./query.ts";
import { asSent, badQuery } from "./query-fields.ts";
import type { RequestContext } from "./types.ts";

/** A ULID, as job ids are; anything else never reaches the ledger, whose files are named by it. */
const JOB_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * The job of an endpoint: one that was submitted there, or to the API that answers there now.
 *
 * @throws {MillraceError} job_not_found, api_not_found when there is no such endpoint either
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

/** A job that is named by the query, as Cortex does. */
export const JOB_IN_QUERY = {
  // Whatever else it is, is no job, and not a mistake of the request.
  jobID: asSent(PATH_PARAMETERS.id.meta({ description: "The job, as Cortex names it." })),
};

/** @throws {MillraceError} invalid_request when the query names none */
export function jobIdInQuery(ctx: RequestContext, { jobID }: QueryValues<typeof JOB_IN_QUERY>): string {
  if (jobID) return jobID;
  throw badQuery("jobID", `Cannot tell which job is meant: expected ?jobID=<id> or ${ctx.path}/<id>`);
}
