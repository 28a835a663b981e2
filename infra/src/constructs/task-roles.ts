import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import {
  controlPermissions,
  type PolicyStatement,
  workerPermissions,
} from "@millrace/backend-aws/permissions";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { allowing, trusting } from "../policy-document.ts";

export interface TaskRolesProps extends ClusterContext {
  readonly bucketName: string;
  readonly tableName: string;
  readonly jobQueueArns: readonly string[];
  readonly controlRepositoryArn: string;
  readonly logGroupArns: { readonly workers: string; readonly service: string };
  readonly tokenSecretArn: string;
}

/** Container roles: what the service and workers may do, and what is needed to start their containers. */
export class TaskRoles extends Construct {
  readonly control: IamRole;
  readonly controlExecution: IamRole;
  readonly worker: IamRole;
  readonly workerExecution: IamRole;
  readonly #props: TaskRolesProps;

  constructor(scope: Construct, id: string, props: TaskRolesProps) {
    super(scope, id);
    this.#props = props;
    const { config, names, account, partition, logGroupArns, controlRepositoryArn } = props;
    const { rolePath, jobRolePath } = names;
    this.worker = this.#role("worker", {
      path: jobRolePath,
      description: "Workers, and the predictors in them",
    });
    this.workerExecution = this.#role("worker-execution", {
      path: rolePath,
      description: "Starting workers' containers",
    });
    this.control = this.#role("control", { path: rolePath, description: "The control service" });
    this.controlExecution = this.#role("control-execution", {
      path: rolePath,
      description: "Starting the control service's container",
    });
    const resources = {
      partition,
      region: config.region,
      account,
      cluster: names.cluster,
      bucket: props.bucketName,
      table: props.tableName,
      eventsQueue: names.eventsQueue,
      logGroup: names.logGroups.jobs,
      workerLogGroup: names.logGroups.workers,
      jobQueueArns: props.jobQueueArns,
      jobRoleArn: this.worker.arn,
      executionRoleArn: this.workerExecution.arn,
      datasets: config.datasets,
      deadLetterQueueArns: config.dead_letter_queues,
    };
    this.#permit("worker", this.worker, workerPermissions(resources));
    this.#permit("control", this.control, controlPermissions(resources));
    // All repositories of the account: an API may specify an image of its own.
    this.#permit("worker_execution", this.workerExecution, [
      ...pulling([`arn:${partition}:ecr:${config.region}:${account}:repository/*`]),
      logging(logGroupArns.workers),
    ]);
    this.#permit("control_execution", this.controlExecution, [
      ...pulling([controlRepositoryArn]),
      logging(logGroupArns.service),
      { sid: "Token", actions: ["secretsmanager:GetSecretValue"], resources: [props.tokenSecretArn] },
    ]);
  }

  #role(name: string, options: { readonly path: string; readonly description: string }): IamRole {
    const { names, account } = this.#props;
    return new IamRole(this, name.replace("-", "_"), {
      name: `${names.global}-${name}`,
      ...options,
      assumeRolePolicy: trusting("ecs-tasks.amazonaws.com", account),
    });
  }

  #permit(id: string, role: IamRole, statements: readonly PolicyStatement[]): void {
    new IamRolePolicy(this, `${id}_policy`, {
      role: role.id,
      name: "millrace",
      policy: allowing(statements),
    });
  }
}

function pulling(repositories: readonly string[]): readonly PolicyStatement[] {
  return [
    // This action cannot be limited to a resource.
    { sid: "Registry", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    {
      sid: "Images",
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: repositories,
    },
  ];
}

function logging(groupArn: string): PolicyStatement {
  return {
    sid: "Logs",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [`${groupArn}:log-stream:*`],
  };
}
