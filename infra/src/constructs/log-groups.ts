import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";

/** Log groups for jobs, for workers' containers and for the service. */
export class LogGroups extends Construct {
  readonly jobs: CloudwatchLogGroup;
  readonly workers: CloudwatchLogGroup;
  readonly service: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, { config, names }: ClusterContext) {
    super(scope, id);
    const group = (name: keyof typeof names.logGroups) =>
      new CloudwatchLogGroup(this, name, {
        name: names.logGroups[name],
        retentionInDays: config.logs.retention_days,
      });
    this.jobs = group("jobs");
    this.workers = group("workers");
    this.service = group("service");
  }
}
