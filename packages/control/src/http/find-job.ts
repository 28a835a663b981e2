import { type ApiVersion, type Backend, isMillraceError, type Job, MillraceError } from "@millrace/core";

/** A ULID, as job ids are; anything else never reaches the ledger, whose files are named by it. */
const JOB_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** The API that answers at `endpoint`. @throws {MillraceError} api_not_found */
export async function findApi(backend: Backend, endpoint: string): Promise<ApiVersion> {
  const api = await backend.ledger.apis.byEndpoint(endpoint);
  if (api) return api;
  throw new MillraceError(
    "api_not_found",
    `Cannot find an API at the endpoint "${endpoint}": none is deployed there; GET /apis lists them`,
    { details: { endpoint } },
  );
}

/**
 * The job of an endpoint: one that was submitted there, or to the API that answers there now.
 *
 * @throws {MillraceError} job_not_found, api_not_found when there is no such endpoint either
 */
export async function findJob(backend: Backend, endpoint: string, jobId: string): Promise<Job> {
  const job = JOB_ID.test(jobId) ? await getJob(backend, jobId) : undefined;
  if (job?.spec.endpoint === endpoint) return job;
  const api = await findApi(backend, endpoint);
  if (job?.spec.apiName === api.name) return job;
  throw new MillraceError(
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
