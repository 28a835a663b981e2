import { BatchComputeEnvironment } from "@cdktf/provider-aws/lib/batch-compute-environment/index.js";
import { BatchJobQueue } from "@cdktf/provider-aws/lib/batch-job-queue/index.js";
import { BatchSchedulingPolicy } from "@cdktf/provider-aws/lib/batch-scheduling-policy/index.js";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import type { WorkerMachines } from "./worker-machines.ts";

/** An API that did not run for a day has no more than its share. */
const SHARE_DECAY_SECONDS = 24 * 3_600;
/** The least that AWS Batch takes. */
const MISFIT_SECONDS = 600;

/** What can never run, however long it waits: the first of a queue would keep all others from starting. */
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
  /** `cpu` or a GPU family: what `compute.accelerator` of an API names. */
  readonly name: string;
  readonly instanceTypes: readonly string[];
  readonly imageType: "ECS_AL2023" | "ECS_AL2023_NVIDIA";
  readonly maxVcpus: number;
  readonly spot: boolean;
}

/** Compute environments and job queues: for each kind of machine one on demand and, if wanted, one that prefers spot. */
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
    // Where there is no spot capacity, on demand is better than waiting.
    return [...queues, [name, this.#queue(name, [this.#environment(kind, "SPOT"), onDemand])]];
  }

  #environment(kind: Kind, type: "EC2" | "SPOT"): BatchComputeEnvironment {
    const { config, names, machines, subnetIds } = this.#props;
    const name = type === "SPOT" ? `${kind.name}-spot` : kind.name;
    const { launchTemplate } = machines;
    return new BatchComputeEnvironment(this, `${name}_machines`, {
      // Replaced by a new one beside it: a queue that still has it would keep it from being removed.
      namePrefix: `${names.cluster}-${name}-`,
      type: "MANAGED",
      state: "ENABLED",
      // Without a service role it is the one that is linked to AWS Batch, and with these strategies nearly all can change in place.
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
        // By its number: AWS Batch would look up "$Latest" once, and never see a change.
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
      // A queue that is made without one can never gain it.
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
