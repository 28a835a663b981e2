import { datasetStatements, logWriting } from "./shared.ts";
import { arnsOf, type ClusterResources, type PolicyStatement, present } from "./statement.ts";

/**
 * Exactly what the control service may do: a test compares it with what the service does on emulated AWS. Which actions
 * can be limited to which resources:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function controlPermissions(resources: ClusterResources): readonly PolicyStatement[] {
  const arns = arnsOf(resources);
  return present([
    {
      sid: "Ledger",
      actions: [
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
      resources: [arns.table],
    },
    { sid: "LedgerIndexes", actions: ["dynamodb:Query"], resources: [arns.indexes] },
    {
      sid: "JobQueues",
      actions: [
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:SendMessage",
        "sqs:TagQueue",
      ],
      resources: [arns.jobQueues],
    },
    // This action cannot be limited to a resource.
    { sid: "ListQueues", actions: ["sqs:ListQueues"], resources: ["*"] },
    {
      sid: "BatchEvents",
      actions: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      resources: [arns.eventsQueue],
    },
    {
      sid: "FindDeadLetterQueues",
      actions: ["sqs:GetQueueUrl"],
      resources: resources.deadLetterQueueArns,
    },
    {
      sid: "Objects",
      actions: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      resources: [arns.jobObjects, arns.apiObjects],
    },
    // Not limited by prefix: a HEAD of the bucket has none, and without this permission a missing object looks like a
    // forbidden one.
    { sid: "ListObjects", actions: ["s3:ListBucket"], resources: [arns.bucket] },
    ...datasetStatements(resources),
    logWriting(resources),
    {
      sid: "ReadLogs",
      actions: ["logs:GetLogEvents"],
      resources: [arns.logStreams],
    },
    {
      sid: "FindLogGroups",
      actions: ["logs:DescribeLogStreams"],
      resources: [`${arns.logGroup}:*`, `${arns.workerLogGroup}:*`],
    },
    {
      sid: "SubmitWorkers",
      actions: ["batch:SubmitJob"],
      resources: [arns.definitions, ...resources.jobQueueArns],
    },
    {
      // Both are tagged on creation.
      sid: "TagWorkers",
      actions: ["batch:TagResource"],
      resources: [arns.definitions, arns.jobs],
    },
    {
      sid: "DefineWorkers",
      actions: ["batch:RegisterJobDefinition"],
      resources: [arns.definitions],
    },
    {
      sid: "StopWorkers",
      actions: ["batch:TerminateJob"],
      resources: [arns.jobs],
      condition: { StringEquals: { "aws:ResourceTag/millrace:cluster": resources.cluster } },
    },
    {
      // None of these can be limited to resources.
      sid: "WatchWorkers",
      actions: ["batch:DescribeJobQueues", "batch:DescribeJobs", "batch:ListJobs"],
      resources: ["*"],
    },
    {
      sid: "GiveWorkersTheirRoles",
      actions: ["iam:PassRole"],
      resources: [resources.jobRoleArn, resources.executionRoleArn],
      condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ]);
}
