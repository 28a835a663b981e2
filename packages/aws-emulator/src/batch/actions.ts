import { BATCH_ACTIONS, type BatchAction } from "./action-names.ts";
import type { Answer, BatchRequest } from "./http-server.ts";
import { describeJobs } from "./job-detail.ts";
import { listJobs } from "./list-jobs.ts";
import { BatchServiceError } from "./service-error.ts";
import { cancelJob, type StopContext, terminateJob } from "./stop-job.ts";
import { type SubmitContext, submitJob } from "./submit-job.ts";
import { type Members, requiredText } from "./wire.ts";

export type ActionContext = SubmitContext &
  StopContext & { readonly emptyPages: boolean; readonly requests: RequestCounts };
export type RequestCounts = Record<BatchAction, number>;

const BY_PATH: ReadonlyMap<string, BatchAction> = new Map(
  BATCH_ACTIONS.map((action) => [`/v1/${action.toLowerCase()}`, action]),
);

export function noRequests(): RequestCounts {
  return Object.fromEntries(BATCH_ACTIONS.map((action) => [action, 0])) as RequestCounts;
}

/** Counts a request, applies due faults, and executes it. */
export function answerRequest(request: BatchRequest, context: ActionContext): Answer {
  const action = BY_PATH.get(request.path);
  if (action === undefined) {
    throw new BatchServiceError("UnknownOperationException", `The fake has no operation at ${request.path}`);
  }
  context.requests[action]++;
  context.faults.throwDueAnswer(action);
  const answer = perform(action, request, context);
  return action === "SubmitJob" && context.faults.take("timeoutSubmit") ? "dropped" : answer;
}

function perform(action: BatchAction, { body, bodyBytes }: BatchRequest, context: ActionContext): Members {
  const { definitions, queues } = context;
  switch (action) {
    case "RegisterJobDefinition":
      return definitions.register(body);
    case "DeregisterJobDefinition":
      return definitions.deregister(body);
    case "DescribeJobDefinitions":
      return definitions.describe(body, context);
    case "DescribeJobQueues":
      return queues.describeQueues(body);
    case "DescribeComputeEnvironments":
      return queues.describeComputeEnvironments(body);
    case "SubmitJob":
      return submitJob(body, { payloadBytes: bodyBytes }, context);
    case "DescribeJobs":
      return describeJobs(body, context.board);
    case "ListJobs":
      return listJobs(body, context);
    case "CancelJob":
      cancelJob(requiredText(body, "jobId"), requiredText(body, "reason"), context);
      return {};
    case "TerminateJob":
      terminateJob(requiredText(body, "jobId"), requiredText(body, "reason"), context);
      return {};
  }
}
