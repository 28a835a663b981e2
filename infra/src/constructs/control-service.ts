import { EcsCluster } from "@cdktf/provider-aws/lib/ecs-cluster/index.js";
import { EcsService } from "@cdktf/provider-aws/lib/ecs-service/index.js";
import { EcsTaskDefinition } from "@cdktf/provider-aws/lib/ecs-task-definition/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { type LoadBalancer, SERVICE_PORT } from "./load-balancer.ts";
import type { Placement } from "./network.ts";
import type { TaskRoles } from "./task-roles.ts";

/** The image's user. */
const USER = "10001:10001";
const HOME = "/var/lib/millrace";
const TEMPORARY = "/tmp";
const STOP_SECONDS = 60;

export interface ControlServiceProps extends ClusterContext {
  readonly placement: Placement;
  readonly group: SecurityGroup;
  readonly balancer: LoadBalancer;
  readonly roles: TaskRoles;
  /** Settings for the backend and the service: names and addresses, nothing secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly image: string;
  readonly tokenSecretArn: string;
  readonly logGroup: string;
}

/** The control service: one container on Fargate, behind the load balancer. */
export class ControlService extends Construct {
  readonly cluster: EcsCluster;
  readonly task: EcsTaskDefinition;

  constructor(scope: Construct, id: string, props: ControlServiceProps) {
    super(scope, id);
    const { config, settings, names, placement, group, balancer, roles } = props;
    this.cluster = new EcsCluster(this, "cluster", {
      name: names.service,
      setting: [{ name: "containerInsights", value: "disabled" }],
    });
    this.task = new EcsTaskDefinition(this, "task", {
      family: names.service,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: String(config.service.cpu),
      memory: String(config.service.memory_mib),
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
      taskRoleArn: roles.control.arn,
      executionRoleArn: roles.controlExecution.arn,
      volume: [{ name: "home" }, { name: "temporary" }],
      containerDefinitions: JSON.stringify([this.#container(props)]),
    });
    // Before the first images are pushed, there is nothing to start and nothing to roll back to after a failed start.
    if (settings.images === undefined) return;
    new EcsService(this, "service", {
      name: names.service,
      cluster: this.cluster.arn,
      taskDefinition: this.task.arn,
      launchType: "FARGATE",
      desiredCount: 1,
      // Never two at a time: both would start workers for the same jobs.
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: "DISABLED",
      healthCheckGracePeriodSeconds: 120,
      enableExecuteCommand: false,
      propagateTags: "SERVICE",
      networkConfiguration: {
        subnets: [...placement.serviceSubnets],
        securityGroups: [group.id],
        assignPublicIp: placement.servicePublicIp,
      },
      loadBalancer: [
        { containerName: "control", containerPort: SERVICE_PORT, targetGroupArn: balancer.targets.arn },
      ],
      dependsOn: [balancer.listener],
    });
  }

  #container({ config, environment, image, tokenSecretArn, logGroup }: ControlServiceProps): object {
    return {
      name: "control",
      image,
      essential: true,
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
      portMappings: [{ containerPort: SERVICE_PORT, protocol: "tcp" }],
      environment: Object.entries({
        ...environment,
        MILLRACE_HOST: "0.0.0.0",
        MILLRACE_PORT: String(SERVICE_PORT),
        MILLRACE_HOME: HOME,
        MILLRACE_STOP_SECONDS: "30",
        TMPDIR: TEMPORARY,
      }).map(([name, value]) => ({ name, value })),
      secrets: [{ name: "MILLRACE_SERVICE_TOKEN", valueFrom: tokenSecretArn }],
      mountPoints: [
        { sourceVolume: "home", containerPath: HOME, readOnly: false },
        { sourceVolume: "temporary", containerPath: TEMPORARY, readOnly: false },
      ],
      stopTimeout: STOP_SECONDS,
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": logGroup,
          "awslogs-region": config.region,
          "awslogs-stream-prefix": "control",
          mode: "non-blocking",
          "max-buffer-size": "25m",
        },
      },
    };
  }
}
