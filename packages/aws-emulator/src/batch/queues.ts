import { type Arns, nameOf } from "./arns.ts";
import type { Queue } from "./job.ts";
import type { Settings } from "./options.ts";
import { clientException } from "./service-error.ts";
import { type Members, present, textList } from "./wire.ts";

/** The job queues and their compute environments, as named in the options. */
export class Queues {
  readonly #settings: Settings;
  readonly #arns: Arns;
  readonly #queues: ReadonlyMap<string, Queue>;

  constructor(settings: Settings, arns: Arns) {
    this.#settings = settings;
    this.#arns = arns;
    this.#queues = new Map(
      settings.queues.map(({ name, schedulingPolicy, computeEnvironment = `${name}-ce` }) => [
        name,
        {
          name,
          arn: arns.jobQueue(name),
          schedulingPolicyArn: schedulingPolicy ? arns.schedulingPolicy(`${name}-policy`) : undefined,
          computeEnvironment,
        },
      ]),
    );
  }

  resolve(nameOrArn: string): Queue {
    const queue = this.#queues.get(nameOf(nameOrArn));
    if (queue === undefined || (nameOrArn.startsWith("arn:") && nameOrArn !== queue.arn)) {
      throw clientException(`Job queue ${nameOrArn} does not exist`);
    }
    return queue;
  }

  describeQueues(request: Members): Members {
    const asked = textList(request, "jobQueues")?.map(nameOf);
    const queues = [...this.#queues.values()].filter(
      ({ name }) => asked === undefined || asked.includes(name),
    );
    return {
      jobQueues: queues.map((queue) =>
        present({
          jobQueueName: queue.name,
          jobQueueArn: queue.arn,
          state: "ENABLED",
          status: "VALID",
          statusReason: "JobQueue Healthy",
          schedulingPolicyArn: queue.schedulingPolicyArn,
          priority: 1,
          computeEnvironmentOrder: [
            { order: 1, computeEnvironment: this.#arns.computeEnvironment(queue.computeEnvironment) },
          ],
          jobQueueType: "ECS",
          tags: {},
        }),
      ),
    };
  }

  describeComputeEnvironments(request: Members): Members {
    const asked = textList(request, "computeEnvironments")?.map(nameOf);
    const names = new Set([...this.#queues.values()].map(({ computeEnvironment }) => computeEnvironment));
    const shown = [...names].filter((name) => asked === undefined || asked.includes(name));
    return {
      computeEnvironments: shown.map((name) => ({
        computeEnvironmentName: name,
        computeEnvironmentArn: this.#arns.computeEnvironment(name),
        type: "MANAGED",
        state: "ENABLED",
        status: "VALID",
        statusReason: "ComputeEnvironment Healthy",
        containerOrchestrationType: "ECS",
        computeResources: {
          type: "SPOT",
          allocationStrategy: "SPOT_PRICE_CAPACITY_OPTIMIZED",
          minvCpus: 0,
          maxvCpus: this.#settings.maxVcpus,
          desiredvCpus: 0,
          instanceTypes: ["optimal"],
          subnets: [],
        },
        tags: {},
      })),
    };
  }
}
