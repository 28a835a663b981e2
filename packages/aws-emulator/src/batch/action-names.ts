/** The supported operations, each a POST to `/v1/<name in lower case>`. */
export const BATCH_ACTIONS = [
  "RegisterJobDefinition",
  "DeregisterJobDefinition",
  "DescribeJobDefinitions",
  "DescribeJobQueues",
  "DescribeComputeEnvironments",
  "SubmitJob",
  "DescribeJobs",
  "ListJobs",
  "CancelJob",
  "TerminateJob",
] as const;
export type BatchAction = (typeof BATCH_ACTIONS)[number];
