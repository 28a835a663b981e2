import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget/index.js";
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import type { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import type { LoadBalancer } from "./load-balancer.ts";

export interface AlarmsProps extends ClusterContext {
  readonly balancer: LoadBalancer;
  readonly tableName: string;
  readonly eventsQueue: SqsQueue;
  readonly deadEventsQueue: SqsQueue;
}

type Watch = Pick<
  CloudwatchMetricAlarmConfig,
  | "namespace"
  | "metricName"
  | "dimensions"
  | "statistic"
  | "comparisonOperator"
  | "threshold"
  | "alarmDescription"
> & { readonly minutes: number; readonly whenMissing?: "breaching" | "notBreaching" };

/** Alarms that are worth waking somebody for; each says what to do. */
export class Alarms extends Construct {
  readonly #topic: SnsTopic;
  readonly #cluster: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { config, names, settings, balancer, tableName } = props;
    this.#cluster = names.cluster;
    // Not encrypted: CloudWatch cannot use the AWS-managed key for SNS, and messages contain only names.
    this.#topic = new SnsTopic(this, "topic", { name: `${names.cluster}-alarms` });
    for (const [index, endpoint] of config.alarms.emails.entries()) {
      new SnsTopicSubscription(this, `email_${index}`, {
        topicArn: this.#topic.arn,
        protocol: "email",
        endpoint,
      });
    }
    const targets = { LoadBalancer: balancer.balancer.arnSuffix, TargetGroup: balancer.targets.arnSuffix };
    if (settings.images !== undefined) {
      this.#alarm("service-down", {
        namespace: "AWS/ApplicationELB",
        metricName: "HealthyHostCount",
        dimensions: targets,
        statistic: "Minimum",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        minutes: 5,
        whenMissing: "breaching",
        alarmDescription: `The control service does not answer: running jobs continue, but none is started or ended. See log group ${names.logGroups.service} and the events of ECS service ${names.service}`,
      });
    }
    this.#alarm("service-errors", {
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_Target_5XX_Count",
      dimensions: targets,
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 10,
      minutes: 5,
      alarmDescription: `Requests to the control service fail: look for "request failed" in log group ${names.logGroups.service}`,
    });
    this.#alarm("events-late", {
      ...queueMetric(props.eventsQueue, "ApproximateAgeOfOldestMessage"),
      statistic: "Maximum",
      threshold: 900,
      minutes: 5,
      alarmDescription:
        "Changes of AWS Batch jobs are not read: the service is down, or its role may not read the queue",
    });
    this.#alarm("events-dead", {
      ...queueMetric(props.deadEventsQueue, "ApproximateNumberOfMessagesVisible"),
      statistic: "Maximum",
      threshold: 0,
      minutes: 5,
      alarmDescription: `Some changes of AWS Batch jobs could not be handled: look at queue ${names.deadEventsQueue}`,
    });
    this.#alarm("ledger-throttled", {
      namespace: "AWS/DynamoDB",
      metricName: "WriteThrottleEvents",
      dimensions: { TableName: tableName },
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 1_000,
      minutes: 15,
      alarmDescription:
        "The ledger has been throttled for a long time: jobs are slow. Run fewer workers at once, or raise the table's limits",
    });
    if (config.budget !== undefined) this.#budget(props, config.budget.monthly_usd);
  }

  #alarm(name: string, { minutes, whenMissing = "notBreaching", ...watch }: Watch): void {
    new CloudwatchMetricAlarm(this, name, {
      ...watch,
      alarmName: `${this.#cluster}-${name}`,
      period: 60,
      evaluationPeriods: minutes,
      datapointsToAlarm: minutes,
      treatMissingData: whenMissing === "breaching" ? "breaching" : "notBreaching",
      alarmActions: [this.#topic.arn],
      okActions: [this.#topic.arn],
    });
  }

  #budget({ config, names }: AlarmsProps, monthlyUsd: number): void {
    const notification = (notificationType: string, threshold: number) => ({
      comparisonOperator: "GREATER_THAN",
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      subscriberEmailAddresses: config.alarms.emails,
    });
    new BudgetsBudget(this, "budget", {
      name: `${names.global}-monthly`,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(monthlyUsd),
      limitUnit: "USD",
      costFilter: [{ name: "TagKeyValue", values: [`user:millrace:cluster$${names.cluster}`] }],
      notification: [notification("ACTUAL", 80), notification("FORECASTED", 100)],
    });
  }
}

function queueMetric(queue: SqsQueue, metricName: string) {
  return {
    namespace: "AWS/SQS",
    metricName,
    dimensions: { QueueName: queue.name },
    comparisonOperator: "GreaterThanThreshold",
  };
}
