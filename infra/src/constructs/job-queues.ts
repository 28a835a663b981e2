import { BatchComputeEnvironment } from "@cdktf/provider-aws/lib/batch-compute-environment/index.js";
import { BatchJobQueue } from "@cdktf/provider-aws/lib/batch-job-queue/index.js";
import { BatchSchedulingPolicy } from "@cdktf/provider-aws/lib/batch-scheduling-policy/index.js";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import type { WorkerMachines } from "./worker-machines.ts";

/** An API that did not run for a day still gets no more than its share. */
const SHARE_DECAY_SECONDS = 24 * 3_600;
/** The minimum that AWS Batch accepts. */
const MISFIT_SECONDS = 600;

/** Jobs that can never run, however long they wait: at the head of a queue, such a job would block all others. */
const MISFITS = [
  "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
  "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
] as const;

export interface JobQueuesProps extends ClusterContext {
  readonly machines: WorkerMachines;
  readonly subnetIds: readonly string[];
}

/** Machines of one kind. */
interface Kind {
  /** `cpu` or a GPU family, as named by an API's `compute.accelerator`. */
  readonly name: string;
  readonly instanceTypes: readonly string[];
  readonly imageType: "ECS_AL2023" | "ECS_AL2023_NVIDIA";
  readonly maxVcpus: number;
  readonly spot: boolean;
}

/**
 * Compute environments and job queues: for each kind of machine, one on demand and, if configured, one that prefers
 * spot.
 */
export class JobQueues extends Construct {
  /** ARNs by `cpu`, `cpu-spot`, `<family>`, `<family>-spot`. */
  readonly arns: Readonly<Record<string, string>>;
  readonly #props: JobQueuesProps;
  readonly #policy: BatchSchedulingPolicy;

  constructor(scope: Construct, id: string, props: JobQueuesProps) {
    super(scope, id);
    this.#props = props;
    this.#policy = new BatchSchedulingPolicy(this, "fair_share", {
      name: `${props.names.cluster}-fair-share`,
      fairSharePolicy: { computeReservation: 0, shareDecaySeconds: SHARE_DECAY_SECONDS },
    });
    const { compute } = props.config;
    const kinds: readonly Kind[] = [
      {
        name: "cpu",
        instanceTypes: compute.families,
        imageType: "ECS_AL2023",
        maxVcpus: compute.max_vcpus,
        spot: compute.spot,
      },
      ...compute.gpus.map(({ family, max_vcpus, spot }): Kind => {
        return {
          name: family,
          instanceTypes: [family],
          imageType: "ECS_AL2023_NVIDIA",
          maxVcpus: max_vcpus,
          spot,
        };
      }),
    ];
    this.arns = Object.fromEntries(kinds.flatMap((kind) => this.#queuesOf(kind)));
  }

  #queuesOf(kind: Kind): readonly (readonly [string, string])[] {
    const onDemand = this.#environment(kind, "EC2");
    const queues = [[kind.name, this.#queue(kind.name, [onDemand])] as const];
    if (!kind.spot) return queues;
    const name = `${kind.name}-spot`;
    // When there is no spot capacity, on demand is better than waiting.
    return [...queues, [name, this.#queue(name, [this.#environment(kind, "SPOT"), onDemand])]];
  }

  #environment(kind: Kind, type: "EC2" | "SPOT"): BatchComputeEnvironment {
    const { config, names, machines, subnetIds } = this.#props;
    const name = type === "SPOT" ? `${kind.name}-spot` : kind.name;
    const { launchTemplate } = machines;
    return new BatchComputeEnvironment(this, `${name}_machines`, {
      // A replacement is created under another name first: an environment that a queue still uses cannot be removed.
      namePrefix: `${names.cluster}-${name}-`,
      type: "MANAGED",
      state: "ENABLED",
      // Without a service role, AWS Batch's service-linked role is used; with it and these allocation strategies,
      // nearly all settings can be updated in place.
      computeResources: {
        type,
        allocationStrategy: type === "SPOT" ? "SPOT_PRICE_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE",
        minVcpus: 0,
        maxVcpus: kind.maxVcpus,
        instanceType: [...kind.instanceTypes],
        instanceRole: machines.instanceProfile.arn,
        subnets: [...subnetIds],
        securityGroupIds: [machines.securityGroup.id],
        ec2Configuration: [{ imageType: kind.imageType }],
        // By version number: AWS Batch would resolve "$Latest" once, and never see a change.
        launchTemplate: {
          launchTemplateId: launchTemplate.id,
          version: Token.asString(launchTemplate.latestVersion),
        },
        tags: { ...config.tags, "millrace:cluster": names.cluster, Name: `${names.cluster}-${name}` },
      },
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 30 },
      lifecycle: { createBeforeDestroy: true, ignoreChanges: ["compute_resources[0].desired_vcpus"] },
    });
  }

  #queue(name: string, environments: readonly BatchComputeEnvironment[]): string {
    const { names } = this.#props;
    return new BatchJobQueue(this, `${name}_queue`, {
      name: `${names.cluster}-${name}`,
      state: "ENABLED",
      priority: 1,
      // A queue created without a policy can never get one.
      schedulingPolicyArn: this.#policy.arn,
      computeEnvironmentOrder: environments.map(({ arn }, index) => ({
        order: index + 1,
        computeEnvironment: arn,
      })),
      jobStateTimeLimitAction: MISFITS.map((reason) => ({
        action: "CANCEL",
        maxTimeSeconds: MISFIT_SECONDS,
        reason,
        state: "RUNNABLE",
      })),
    }).arn;
  }
}
