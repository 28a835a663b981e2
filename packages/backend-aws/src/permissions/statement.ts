/** One statement of an IAM policy; its effect is always Allow. */
export interface PolicyStatement {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A cluster's resources, as policies name them. Values may be references to be resolved later. */
export interface ClusterResources {
  /** Such as `aws`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  readonly bucket: string;
  readonly table: string;
  readonly eventsQueue: string;
  readonly logGroup: string;
  readonly workerLogGroup: string;
  readonly jobQueueArns: readonly string[];
  readonly jobRoleArn: string;
  readonly executionRoleArn: string;
  /** Where jobs' input may be: `bucket` or `bucket/prefix`. */
  readonly datasets: readonly string[];
  readonly deadLetterQueueArns: readonly string[];
}

/** Makes ARNs in the cluster's region and account. */
export function arnsOf({ partition, region, account, ...names }: ClusterResources) {
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const table = arn("dynamodb", `table/${names.table}`);
  const bucket = `arn:${partition}:s3:::${names.bucket}`;
  const logGroup = arn("logs", `log-group:${names.logGroup}`);
  return {
    table,
    indexes: `${table}/index/*`,
    /** Queues of jobs; the events queue has another name. */
    jobQueues: arn("sqs", `${names.cluster}-job-*`),
    eventsQueue: arn("sqs", names.eventsQueue),
    bucket,
    jobObjects: `${bucket}/jobs/*`,
    apiObjects: `${bucket}/apis/*`,
    logGroup,
    logStreams: `${logGroup}:log-stream:*`,
    workerLogGroup: arn("logs", `log-group:${names.workerLogGroup}`),
    definitions: arn("batch", `job-definition/${names.cluster}-*`),
    jobs: arn("batch", "job/*"),
    datasetBuckets: [...new Set(names.datasets.map((dataset) => dataset.split("/")[0] as string))].map(
      (name) => `arn:${partition}:s3:::${name}`,
    ),
    datasetObjects: names.datasets.map((dataset) => {
      const [name = "", ...prefix] = dataset.split("/");
      return `arn:${partition}:s3:::${name}/${prefix.join("/")}*`;
    }),
  };
}

/** Removes statements that permit nothing. */
export function present(statements: readonly PolicyStatement[]): readonly PolicyStatement[] {
  return statements.filter(({ resources }) => resources.length > 0);
}
