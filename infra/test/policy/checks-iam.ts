import { type Attributes, resourcesOf, type Stack } from "../fixtures/synth.ts";
import type { Check } from "./checks-network.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** Actions that AWS cannot limit to resources. */
const WITHOUT_RESOURCES = new Set([
  "batch:DescribeJobQueues",
  "batch:DescribeJobs",
  "batch:ListJobs",
  "ecr:GetAuthorizationToken",
  "sqs:ListQueues",
]);

function statementsOf(stack: Stack): readonly (readonly [string, Statement])[] {
  return resourcesOf(stack, "aws_iam_role_policy").flatMap(([name, { policy }]) =>
    (JSON.parse(String(policy)) as { readonly Statement: readonly Statement[] }).Statement.map(
      (statement) => [name, statement] as const,
    ),
  );
}

export const leastPrivilege: Check = (stack) =>
  statementsOf(stack).flatMap(([name, { Action, Resource }]) => {
    const actions = list(Action);
    const wide = actions
      .filter((action) => action.includes("*"))
      .map((action) => `${name} permits ${action}`);
    if (!list(Resource).includes("*")) return wide;
    return [
      ...wide,
      ...actions
        .filter((action) => !WITHOUT_RESOURCES.has(action))
        .map((action) => `${name} permits ${action} on everything`),
    ];
  });

export const limitedPassRole: Check = (stack) =>
  statementsOf(stack)
    .filter(([, { Action }]) => list(Action).includes("iam:PassRole"))
    .flatMap(([name, { Resource, Condition }]) => [
      ...(list(Resource).some((resource) => resource.includes("*")) ? [`${name} passes any role`] : []),
      ...(JSON.stringify(Condition ?? {}).includes('"iam:PassedToService":"ecs-tasks.amazonaws.com"')
        ? []
        : [`${name} passes roles to any service`]),
    ]);

/** The service, workers, their starting and their machines each act in a role of their own; none is anyone's but this account's. */
export const separateRoles: Check = (stack) => {
  const task = resourcesOf(stack, "aws_ecs_task_definition")[0]?.[1] ?? {};
  const environment = containerOf(stack).environment as { readonly name: string; readonly value: string }[];
  const variable = (name: string) => environment.find((one) => one.name === name)?.value;
  const roles = [
    task.task_role_arn,
    task.execution_role_arn,
    variable("MILLRACE_AWS_JOB_ROLE"),
    variable("MILLRACE_AWS_EXECUTION_ROLE"),
    resourcesOf(stack, "aws_iam_instance_profile")[0]?.[1].role,
  ];
  const tasks = resourcesOf(stack, "aws_iam_role").filter(([, role]) =>
    String(role.assume_role_policy).includes("ecs-tasks.amazonaws.com"),
  );
  return [
    ...(new Set(roles).size === roles.length && !roles.includes(undefined) ? [] : ["roles are shared"]),
    ...tasks
      .filter(([, role]) => !String(role.assume_role_policy).includes('"aws:SourceAccount"'))
      .map(([name]) => `${name} may be used for another account`),
    ...resourcesOf(stack, "aws_iam_role")
      .filter(([, role]) => !String(role.path).startsWith("/millrace/"))
      .map(([name]) => `${name} has no path of the cluster`),
  ];
};

/** What is secret comes from Secrets Manager, and is in no file of Terraform's. */
export const noPlainSecrets: Check = (stack) => {
  const { environment, secrets = [] } = containerOf(stack) as {
    readonly environment?: readonly { readonly name: string }[];
    readonly secrets?: readonly { readonly name: string }[];
  };
  const plain = (environment ?? []).filter(({ name }) => /TOKEN|SECRET|PASSWORD|KEY/.test(name));
  return [
    ...plain.map(({ name }) => `${name} is in plain environment`),
    ...(secrets.some(({ name }) => name === "MILLRACE_SERVICE_TOKEN") ? [] : ["the service has no token"]),
    ...resourcesOf(stack, "aws_secretsmanager_secret_version")
      .filter(
        ([, { secret_string, secret_string_wo }]) =>
          secret_string !== undefined || !/ephemeral\./.test(String(secret_string_wo)),
      )
      .map(([name]) => `${name} is in the state`),
  ];
};

/** Not root, nothing to write to but its volumes, an image that cannot change, one at a time, back to the last that worked. */
export const hardenedService: Check = (stack) => {
  const container = containerOf(stack);
  const service = resourcesOf(stack, "aws_ecs_service")[0]?.[1] ?? {};
  const breaker = service.deployment_circuit_breaker as Attributes | undefined;
  return [
    ...(/^[1-9]/.test(String(container.user)) ? [] : ["the service is root"]),
    ...(container.readonlyRootFilesystem === true ? [] : ["the service may write to its image"]),
    ...(/@sha256:[0-9a-f]{64}$/.test(String(container.image))
      ? []
      : [`the service's image may change: ${container.image}`]),
    ...(breaker?.enable === true && breaker.rollback === true ? [] : ["a bad deployment is not rolled back"]),
    ...(service.deployment_maximum_percent === 100 ? [] : ["two services may run at once"]),
  ];
};

export function containerOf(stack: Stack): Attributes {
  const definitions = resourcesOf(stack, "aws_ecs_task_definition")[0]?.[1].container_definitions;
  return (JSON.parse(String(definitions)) as Attributes[])[0] ?? {};
}
