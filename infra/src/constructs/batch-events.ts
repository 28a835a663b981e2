import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { policyDocument, tlsOnly } from "../policy-document.ts";

const RETENTION_SECONDS = 14 * 24 * 3_600;
/** How often an event that cannot be handled is delivered. */
const MAX_RECEIVES = 10;

/** A queue of Batch job changes for the service; slow polling finds what it misses. */
export class BatchEvents extends Construct {
  readonly queue: SqsQueue;
  readonly deadQueue: SqsQueue;

  constructor(
    scope: Construct,
    id: string,
    props: ClusterContext & { readonly jobQueueArns: readonly string[] },
  ) {
    super(scope, id);
    const { names, jobQueueArns } = props;
    this.deadQueue = new SqsQueue(this, "dead", {
      name: names.deadEventsQueue,
      messageRetentionSeconds: RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
    });
    this.queue = new SqsQueue(this, "queue", {
      name: names.eventsQueue,
      messageRetentionSeconds: RETENTION_SECONDS,
      receiveWaitTimeSeconds: 20,
      visibilityTimeoutSeconds: 60,
      sqsManagedSseEnabled: true,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: this.deadQueue.arn,
        maxReceiveCount: MAX_RECEIVES,
      }),
    });
    const rules = [
      this.#rule("state", "Batch Job State Change", { jobQueue: jobQueueArns }),
      this.#rule("blocked", "Batch Job Queue Blocked", { jobQueue: jobQueueArns }),
    ];
    new SqsQueuePolicy(this, "policy", {
      queueUrl: this.queue.url,
      policy: policyDocument([
        {
          Sid: "Events",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: this.queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": rules.map(({ arn }) => arn) } },
        },
        tlsOnly("sqs:*", [this.queue.arn]),
      ]),
    });
    new SqsQueuePolicy(this, "dead_policy", {
      queueUrl: this.deadQueue.url,
      policy: policyDocument([tlsOnly("sqs:*", [this.deadQueue.arn])]),
    });
  }

  #rule(id: string, detailType: string, detail: object): CloudwatchEventRule {
    const rule = new CloudwatchEventRule(this, id, {
      namePrefix: `millrace-${id}-`,
      description: `${detailType} of the cluster's job queues, for the Millrace service`,
      eventPattern: JSON.stringify({ source: ["aws.batch"], "detail-type": [detailType], detail }),
    });
    new CloudwatchEventTarget(this, `${id}_target`, { rule: rule.name, arn: this.queue.arn });
    return rule;
  }
}
