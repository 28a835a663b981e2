import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity/index.js";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition/index.js";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ClusterConfig } from "./config/cluster-schema.ts";
import { Alarms } from "./constructs/alarms.ts";
import { BatchEvents } from "./constructs/batch-events.ts";
import { ControlService } from "./constructs/control-service.ts";
import { ImageRepositories } from "./constructs/image-repositories.ts";
import { JobQueues } from "./constructs/job-queues.ts";
import { LedgerTable } from "./constructs/ledger-table.ts";
import { LoadBalancer } from "./constructs/load-balancer.ts";
import { LogGroups } from "./constructs/log-groups.ts";
import { existingPlacement, Network, type Placement } from "./constructs/network.ts";
import { ObjectBucket } from "./constructs/object-bucket.ts";
import { TaskRoles } from "./constructs/task-roles.ts";
import { TokenSecret } from "./constructs/token-secret.ts";
import { WorkerMachines } from "./constructs/worker-machines.ts";
import type { ClusterContext } from "./context.ts";
import { KEPT_DATA } from "./kept-data.ts";
import { clusterNames } from "./names.ts";
import { IMAGES, type Image, type SynthSettings } from "./settings.ts";

/** Needed for ephemeral values and write-only arguments, which keep the token out of the state. */
const TERRAFORM_VERSION = ">= 1.11.0";

/** The cluster: everything that Millrace needs in an account, in one region. */
export class ClusterStack extends TerraformStack {
  constructor(scope: Construct, config: ClusterConfig, settings: SynthSettings) {
    super(scope, "cluster");
    this.addOverride("terraform.required_version", TERRAFORM_VERSION);
    this.#provider(config, settings);
    if (settings.data === "release") {
      this.addOverride(
        "removed",
        KEPT_DATA.map((from) => ({ from, lifecycle: { destroy: false } })),
      );
      return;
    }
    const account = new DataAwsCallerIdentity(this, "identity").accountId;
    const context: ClusterContext = {
      config,
      settings,
      names: clusterNames(config, settings.account ?? account),
      account: settings.account ?? account,
      partition: new DataAwsPartition(this, "partition").partition,
    };
    if (settings.data === "adopt") this.addOverride("import", imports(context));
    this.#build(context);
  }

  #provider(config: ClusterConfig, settings: SynthSettings): void {
    const { account, stateBucket, localState } = settings;
    new AwsProvider(this, "aws", {
      region: config.region,
      ...(account !== undefined && { allowedAccountIds: [account] }),
      defaultTags: [{ tags: { ...config.tags, "millrace:cluster": config.name } }],
    });
    if (localState) {
      new LocalBackend(this);
      return;
    }
    new S3Backend(this, {
      bucket: stateBucket ?? "",
      key: clusterNames(config, "").stateKey,
      region: config.region,
      encrypt: true,
      useLockfile: true,
      ...(account !== undefined && { allowedAccountIds: [account] }),
    });
    // Terraform then asks for the bucket: it never falls back to a local file.
    if (stateBucket === undefined) this.addOverride("terraform.backend.s3.bucket", undefined);
  }

  #build(context: ClusterContext): void {
    const { config, names } = context;
    const placement: Placement =
      config.network.existing === undefined
        ? new Network(this, "network", context).placement
        : existingPlacement(this, context);
    const { bucket } = new ObjectBucket(this, "objects", context);
    const { table } = new LedgerTable(this, "ledger", context);
    const logs = new LogGroups(this, "logs", context);
    const { repositories } = new ImageRepositories(this, "images", context);
    const machines = new WorkerMachines(this, "machines", { ...context, vpcId: placement.vpcId });
    const queues = new JobQueues(this, "queues", {
      ...context,
      machines,
      subnetIds: placement.workerSubnets,
    });
    const jobQueueArns = Object.values(queues.arns);
    const events = new BatchEvents(this, "events", { ...context, jobQueueArns });
    const { secret } = new TokenSecret(this, "token", context);
    const roles = new TaskRoles(this, "roles", {
      ...context,
      bucketName: bucket.bucket,
      tableName: table.name,
      jobQueueArns,
      controlRepositoryArn: repositories.control.arn,
      logGroupArns: { workers: logs.workers.arn, service: logs.service.arn },
      tokenSecretArn: secret.arn,
    });
    const group = this.#serviceGroup(context, placement);
    const balancer = new LoadBalancer(this, "balancer", { ...context, placement, serviceGroup: group });
    // Before the first push, only the repositories exist; no container is started from them.
    const images =
      context.settings.images ?? mapImages((image) => `${repositories[image].repositoryUrl}:none`);
    const control = new ControlService(this, "control", {
      ...context,
      placement,
      group,
      balancer,
      roles,
      image: images.control,
      tokenSecretArn: secret.arn,
      logGroup: logs.service.name,
      environment: {
        MILLRACE_BACKEND: "aws",
        MILLRACE_AWS_REGION: config.region,
        MILLRACE_AWS_CLUSTER: names.cluster,
        MILLRACE_AWS_BUCKET: bucket.bucket,
        MILLRACE_AWS_TABLE: table.name,
        MILLRACE_AWS_EVENTS_QUEUE: events.queue.name,
        MILLRACE_AWS_LOG_GROUP: logs.jobs.name,
        MILLRACE_AWS_WORKER_LOG_GROUP: logs.workers.name,
        MILLRACE_AWS_JOB_QUEUES: JSON.stringify(queues.arns),
        MILLRACE_AWS_JOB_ROLE: roles.worker.arn,
        MILLRACE_AWS_EXECUTION_ROLE: roles.workerExecution.arn,
        MILLRACE_AWS_WORKER_IMAGE: images["worker-cpu"],
        MILLRACE_AWS_WORKER_GPU_IMAGE: images["worker-gpu"],
        MILLRACE_ALLOWED_HOSTS: [config.service.domain, balancer.balancer.dnsName].filter(Boolean).join(","),
        MILLRACE_PUBLIC_URL: balancer.url,
      },
    });
    new Alarms(this, "alarms", {
      ...context,
      balancer,
      tableName: table.name,
      eventsQueue: events.queue,
      deadEventsQueue: events.deadQueue,
    });
    this.#outputs({
      cluster: names.cluster,
      region: config.region,
      account: context.account,
      url: balancer.url,
      load_balancer_dns: balancer.balancer.dnsName,
      token_secret_arn: secret.arn,
      bucket: bucket.bucket,
      table: table.name,
      events_queue_url: events.queue.url,
      job_queues: JSON.stringify(queues.arns),
      repositories: JSON.stringify(mapImages((image) => repositories[image].repositoryUrl)),
      ecs_cluster: control.cluster.name,
      ecs_service: names.service,
      task_definition: control.task.arn,
    });
  }

  /** Allows the service's outgoing connections; the load balancer adds the incoming ones. */
  #serviceGroup({ names }: ClusterContext, { vpcId }: Placement): SecurityGroup {
    const group = new SecurityGroup(this, "service_group", {
      namePrefix: `${names.cluster}-control-`,
      description: "Control service: accepts only the load balancer",
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupEgressRule(this, "service_out", {
      securityGroupId: group.id,
      description: "AWS services and datasets of users",
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    return group;
  }

  #outputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) {
      new TerraformOutput(this, `output_${name}`, { value }).overrideLogicalId(name);
    }
  }
}

function mapImages(of: (image: Image) => string): Record<Image, string> {
  return Object.fromEntries(IMAGES.map((image) => [image, of(image)])) as Record<Image, string>;
}

/** Import blocks for what a removed cluster left behind. */
function imports({ names }: ClusterContext): readonly { readonly to: string; readonly id: string }[] {
  return KEPT_DATA.map((to) => {
    const [type = "", name = ""] = to.split(".");
    if (type.startsWith("aws_s3")) return { to, id: names.bucket };
    if (type === "aws_dynamodb_table") return { to, id: names.table };
    return { to, id: names.repositories[name as Image] };
  });
}
