import { datasetStatements, logWriting } from "./shared.ts";
import { arnsOf, type ClusterResources, type PolicyStatement, present } from "./statement.ts";

/** What a worker may do, and so also the predictor, which runs with the same role. */
export function workerPermissions(resources: ClusterResources): readonly PolicyStatement[] {
  const arns = arnsOf(resources);
  return present([
    {
      sid: "Ledger",
      actions: [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
      resources: [arns.table],
    },
    {
      sid: "JobQueues",
      actions: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
      ],
      resources: [arns.jobQueues],
    },
    {
      sid: "DeadLetterQueues",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: resources.deadLetterQueueArns,
    },
    { sid: "ReadObjects", actions: ["s3:GetObject"], resources: [arns.jobObjects, arns.apiObjects] },
    {
      sid: "WriteResults",
      actions: ["s3:AbortMultipartUpload", "s3:PutObject"],
      resources: [arns.jobObjects],
    },
    {
      // Saves a version's installed dependencies for other machines.
      sid: "KeepDependencies",
      actions: ["s3:AbortMultipartUpload", "s3:PutObject"],
      resources: [`${arns.bucket}/apis/*/objects/dependencies/*`],
    },
    { sid: "ListObjects", actions: ["s3:ListBucket"], resources: [arns.bucket] },
    ...datasetStatements(resources),
    logWriting(resources),
  ]);
}
