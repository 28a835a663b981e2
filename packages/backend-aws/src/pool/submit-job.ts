import { setTimeout as delay } from "node:timers/promises";
import {
  type BatchClient,
  type JobSummary,
  paginateListJobs,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { type Logger, MillraceError } from "@millrace/core";
import { awsErrorName, httpStatus, isPassing, translateAwsError, translated } from "../aws/aws-errors.ts";
import { shareIdentifier } from "./job-definition.ts";
import type { Generation } from "./pool-records.ts";

/** How often to look for a job whose submission got no answer: it may appear late. */
const LOOKS = 3;
const LOOK_MS = 1_000;
const TRIES = 6;
const FIRST_DELAY_MS = 200;

/** Names of the variables that tell a worker its identity. */
export const WORKER_VARIABLES = { job: "MILLRACE_JOB_ID", generation: "MILLRACE_GENERATION" } as const;

export interface SubmitOptions {
  readonly batch: BatchClient;
  /** A client that does not retry: SubmitJob has no idempotency token, so a retry could start a second job. */
  readonly submitOnce: BatchClient;
  readonly cluster: string;
  readonly apiName: string;
  readonly definitionArn: string;
  readonly logger: Logger;
}

/**
 * Submits a generation and returns the id of its Batch job. If the result is unclear (no answer, a server error), looks
 * for the job by its name before submitting again. If there are two in the end, the fence lets only one work.
 */
export async function submitGeneration(generation: Generation, options: SubmitOptions): Promise<string> {
  const { logger } = options;
  const input = submission(generation, options);
  for (let attempt = 1; ; attempt++) {
    try {
      const { jobId } = await options.submitOnce.send(new SubmitJobCommand(input));
      return jobId as string;
    } catch (error) {
      const isThrottled = httpStatus(error) === 429 || /TooManyRequests|Throttl/.test(awsErrorName(error));
      if (awsErrorName(error) === "ClientException") throw refusedSubmission(generation, error as Error);
      if (!isPassing(error) || attempt >= TRIES) {
        throw translateAwsError(error, `submit workers of job "${generation.jobId}" to AWS Batch`);
      }
      logger.warn("submission to AWS Batch failed", { job_id: generation.jobId, attempt, error });
      // Throttled means not submitted; after any other error, the job may exist.
      const found = isThrottled ? undefined : await findSubmitted(options.batch, generation);
      if (found !== undefined) return found;
      await delay(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** For example, a job queue that is disabled during an infrastructure change: retried for a while. */
function refusedSubmission({ jobId, jobQueue }: Generation, cause: Error): MillraceError {
  return new MillraceError(
    "backend_misconfigured",
    `Cannot submit workers of job "${jobId}": AWS Batch refused it for job queue "${jobQueue}": ${cause.message}`,
    { details: { job_id: jobId, job_queue: jobQueue }, cause },
  );
}

function submission(
  { jobId, generation, workers, jobName, jobQueue }: Generation,
  { cluster, apiName, definitionArn }: SubmitOptions,
): SubmitJobCommandInput {
  return {
    jobName,
    jobQueue,
    jobDefinition: definitionArn,
    shareIdentifier: shareIdentifier(apiName),
    // An array of one is rejected: a single worker is a plain job.
    ...(workers.length > 1 && { arrayProperties: { size: workers.length } }),
    containerOverrides: {
      // Ids only: overrides of over 8,192 characters fail later, and the spec is in the ledger.
      environment: [
        { name: WORKER_VARIABLES.job, value: jobId },
        { name: WORKER_VARIABLES.generation, value: String(generation) },
      ],
    },
    // The first tag lets the service's role end the jobs of its own cluster only.
    tags: { "millrace:cluster": cluster, "millrace:job": jobId },
    propagateTags: true,
  };
}

/** The id of the first Batch job with the generation's name, or undefined after some attempts. */
export async function findSubmitted(
  batch: BatchClient,
  generation: Pick<Generation, "jobId" | "jobName" | "jobQueue">,
): Promise<string | undefined> {
  for (let look = 1; ; look++) {
    const [first] = await jobsNamed(batch, generation);
    if (first?.jobId !== undefined) return first.jobId;
    if (look >= LOOKS) return undefined;
    await delay(LOOK_MS);
  }
}

/** Batch jobs with exactly this name, oldest first, in any status: a filter by name covers all statuses. */
export async function jobsNamed(
  batch: BatchClient,
  { jobName, jobQueue }: Pick<Generation, "jobName" | "jobQueue">,
): Promise<readonly JobSummary[]> {
  return translated(`look for "${jobName}" in AWS Batch`, async () => {
    const found: JobSummary[] = [];
    const filters = [{ name: "JOB_NAME", values: [jobName] }];
    // Pages may be empty although more follow: only the token tells.
    for await (const { jobSummaryList = [] } of paginateListJobs({ client: batch }, { jobQueue, filters })) {
      found.push(...jobSummaryList.filter((job) => job.jobName === jobName));
    }
    return found.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  });
}

/** Includes the generation number, so that the job can be found by name. */
export function generationName(jobId: string, generation: number): string {
  return `${jobId}-g${generation}`;
}

export function unknownDefinition(apiName: string, version: string): MillraceError {
  return new MillraceError(
    "api_not_found",
    `Cannot start workers of API "${apiName}" version "${version}": its job definition is not registered, deploy the API again`,
    { details: { api_name: apiName, version } },
  );
}
