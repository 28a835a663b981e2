import type { ApiVersion, Dataset, JobSpec, Submission } from "@millrace/core";

/** The job that a submission to a version asks for: the submission wins over the API's `job_defaults`. */
export function jobSpec(
  api: ApiVersion,
  submission: Submission,
  identity: { readonly jobId: string; readonly createdAtMs: number },
): JobSpec {
  const { jobDefaults, networking, predictor } = api.spec;
  const { maxFailedItems, timeoutSeconds, sqsDeadLetterQueue } = submission;
  return {
    ...identity,
    apiName: api.name,
    apiVersion: api.version,
    endpoint: networking.endpoint,
    dataset: datasetOf(submission),
    workers: submission.workers,
    config: { ...predictor.config, ...submission.config },
    maxAttempts: submission.maxAttempts ?? jobDefaults.maxAttempts,
    onFailure: submission.onFailure ?? jobDefaults.onFailure,
    batchTimeoutSeconds: submission.batchTimeoutSeconds ?? jobDefaults.batchTimeoutSeconds,
    prefetchBatches: jobDefaults.prefetchBatches,
    eagerStart: submission.eagerStart ?? false,
    labels: submission.labels ?? {},
    ...(maxFailedItems === undefined ? {} : { maxFailedItems }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(sqsDeadLetterQueue === undefined ? {} : { sqsDeadLetterQueue }),
  };
}

/** The items of an `item_list` are an object of the job, not part of its spec. */
function datasetOf({ dataset }: Submission): Dataset {
  return dataset.kind === "item_list" ? { kind: "item_list", batchSize: dataset.batchSize } : dataset;
}
