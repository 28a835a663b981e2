import { arnsOf, type ClusterResources, type PolicyStatement } from "./statement.ts";

/** Reading jobs' input, which the service lists and plans, and workers load. */
export function datasetStatements(resources: ClusterResources): readonly PolicyStatement[] {
  const { datasetBuckets, datasetObjects } = arnsOf(resources);
  return [
    { sid: "ReadDatasets", actions: ["s3:GetObject"], resources: datasetObjects },
    // Without this, a missing object looks like a forbidden one.
    { sid: "ListDatasets", actions: ["s3:ListBucket"], resources: datasetBuckets },
  ];
}

/** Writing log lines of jobs. */
export function logWriting(resources: ClusterResources): PolicyStatement {
  const { logStreams } = arnsOf(resources);
  return {
    sid: "WriteLogs",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logStreams],
  };
}
