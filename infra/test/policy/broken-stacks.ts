import type { Attributes, Stack } from "../fixtures/synth.ts";
import { containerOf } from "./checks-iam.ts";

/** A reference of Terraform's. */
const MACHINES = ["$", "{aws_security_group.machines_group.id}"].join("");

/** The first resource of a type. */
function first(stack: Stack, type: string): Attributes {
  return Object.values(stack.resource[type] ?? {})[0] as Attributes;
}

function section(attributes: Attributes, name: string): Attributes {
  return attributes[name] as Attributes;
}

function changeContainer(stack: Stack, change: (container: Attributes) => void): void {
  const container = containerOf(stack);
  change(container);
  first(stack, "aws_ecs_task_definition").container_definitions = JSON.stringify([container]);
}

function changePolicy(stack: Stack, change: (policy: string) => string): void {
  for (const policy of Object.values(stack.resource.aws_iam_role_policy ?? {}))
    policy.policy = change(String(policy.policy));
}

/** Changes every resource of a type. */
function all(stack: Stack, type: string, change: (attributes: Attributes) => void): void {
  for (const attributes of Object.values(stack.resource[type] ?? {})) change(attributes);
}

/** A way to break the stack for each check; what it says then. */
export const BROKEN: Readonly<
  Record<string, readonly (readonly [string, (stack: Stack) => void, RegExp])[]>
> = {
  noOpenIngress: [
    [
      "an open rule",
      (stack) => (first(stack, "aws_vpc_security_group_ingress_rule").cidr_ipv4 = "0.0.0.0/0"),
      /open to the world/,
    ],
    [
      "SSH",
      (stack) =>
        Object.assign(first(stack, "aws_vpc_security_group_ingress_rule"), {
          cidr_ipv4: "10.0.0.0/8",
          from_port: 22,
          to_port: 22,
        }),
      /by port 22/,
    ],
  ],
  closedWorkers: [
    [
      "a way to workers",
      (stack) => (first(stack, "aws_vpc_security_group_ingress_rule").security_group_id = MACHINES),
      /reach workers/,
    ],
  ],
  describable: [
    [
      "an apostrophe",
      (stack) => (first(stack, "aws_vpc_security_group_egress_rule").description = "users' datasets"),
      /EC2 refuses/,
    ],
  ],
  noInlineRules: [
    ["inline rules", (stack) => (first(stack, "aws_security_group").ingress = []), /rules of its own/],
  ],
  tls13: [
    [
      "the policy of 2016",
      (stack) => (first(stack, "aws_lb_listener").ssl_policy = "ELBSecurityPolicy-2016-08"),
      /old TLS/,
    ],
    ["plain HTTP", (stack) => (first(stack, "aws_lb_listener").protocol = "HTTP"), /without TLS/],
  ],
  strictBalancer: [
    ["a short idle time", (stack) => (first(stack, "aws_lb").idle_timeout = 60), /cuts followed logs/],
  ],
  gatewayEndpoints: [
    ["no endpoints", (stack) => delete stack.resource.aws_vpc_endpoint, /no gateway endpoint of s3/],
  ],
  emptyDefaultGroup: [
    ["the default group", (stack) => delete stack.resource.aws_default_security_group, /left as it is/],
  ],
  hardenedMachines: [
    [
      "IMDSv1",
      (stack) => (section(first(stack, "aws_launch_template"), "metadata_options").http_tokens = "optional"),
      /IMDSv1/,
    ],
    [
      "two hops",
      (stack) =>
        (section(first(stack, "aws_launch_template"), "metadata_options").http_put_response_hop_limit = 2),
      /reach the metadata/,
    ],
    [
      "plain user data",
      (stack) =>
        (first(stack, "aws_launch_template").user_data = Buffer.from("#!/bin/sh\n").toString("base64")),
      /not MIME/,
    ],
  ],
  replaceableEnvironments: [
    ["a fixed name", (stack) => (first(stack, "aws_batch_compute_environment").name = "cpu"), /fixed name/],
    [
      "a service role",
      (stack) => (first(stack, "aws_batch_compute_environment").service_role = "arn"),
      /service role/,
    ],
    [
      "no lifecycle",
      (stack) => delete first(stack, "aws_batch_compute_environment").lifecycle,
      /destroyed before/,
    ],
  ],
  scalesToZero: [
    [
      "a machine that stays",
      (stack) => (section(first(stack, "aws_batch_compute_environment"), "compute_resources").min_vcpus = 2),
      /keeps 2/,
    ],
  ],
  allocation: [
    [
      "BEST_FIT",
      (stack) =>
        (section(first(stack, "aws_batch_compute_environment"), "compute_resources").allocation_strategy =
          "BEST_FIT"),
      /allocates by BEST_FIT/,
    ],
  ],
  machineImages: [
    [
      "Amazon Linux 2",
      (stack) =>
        (section(first(stack, "aws_batch_compute_environment"), "compute_resources").ec2_configuration = [
          { image_type: "ECS_AL2" },
        ]),
      /starts ECS_AL2/,
    ],
  ],
  fairShare: [
    [
      "no policy",
      (stack) => delete first(stack, "aws_batch_job_queue").scheduling_policy_arn,
      /no fair-share/,
    ],
  ],
  spotFallsBack: [
    [
      "spot alone",
      (stack) => all(stack, "aws_batch_job_queue", (queue) => (queue.compute_environment_order = [])),
      /fall back/,
    ],
  ],
  protectedBucket: [
    [
      "a public bucket",
      (stack) => (first(stack, "aws_s3_bucket_public_access_block").block_public_policy = false),
      /block_public_policy/,
    ],
    [
      "a bucket without protection",
      (stack) => delete first(stack, "aws_s3_bucket").lifecycle,
      /can be destroyed/,
    ],
    ["plain HTTP", (stack) => (first(stack, "aws_s3_bucket_policy").policy = "{}"), /without TLS/],
  ],
  protectedTable: [
    [
      "no recovery",
      (stack) => (first(stack, "aws_dynamodb_table").point_in_time_recovery = { enabled: false }),
      /no recovery/,
    ],
    [
      "no deletion protection",
      (stack) => (first(stack, "aws_dynamodb_table").deletion_protection_enabled = false),
      /can be deleted/,
    ],
  ],
  protectedQueues: [
    [
      "four days",
      (stack) => (first(stack, "aws_sqs_queue").message_retention_seconds = 345_600),
      /before 14 days/,
    ],
    [
      "no encryption",
      (stack) => (first(stack, "aws_sqs_queue").sqs_managed_sse_enabled = false),
      /not encrypted/,
    ],
  ],
  protectedImages: [
    [
      "tags that move",
      (stack) => (first(stack, "aws_ecr_repository").image_tag_mutability = "MUTABLE"),
      /tags move/,
    ],
  ],
  logsEnd: [
    [
      "logs for ever",
      (stack) => delete first(stack, "aws_cloudwatch_log_group").retention_in_days,
      /for ever/,
    ],
  ],
  soundState: [
    ["a local state", (stack) => delete stack.terraform.backend.s3, /not in S3/],
    ["no lock", (stack) => delete stack.terraform.backend.s3?.use_lockfile, /not locked/],
    [
      "any provider",
      (stack) => (section(stack.terraform.required_providers as Attributes, "aws").version = "~> 6.0"),
      /may be any/,
    ],
  ],
  leastPrivilege: [
    [
      "all of S3",
      (stack) => changePolicy(stack, (policy) => policy.replace("s3:GetObject", "s3:*")),
      /permits s3:\*/,
    ],
    [
      "everything",
      (stack) =>
        changePolicy(stack, (policy) => policy.replaceAll(/"Resource":\[[^\]]*\]/g, '"Resource":["*"]')),
      /on everything/,
    ],
  ],
  limitedPassRole: [
    [
      "any service",
      (stack) => changePolicy(stack, (policy) => policy.replace("iam:PassedToService", "aws:PrincipalTag/x")),
      /any service/,
    ],
  ],
  separateRoles: [
    [
      "a shared role",
      (stack) =>
        (first(stack, "aws_ecs_task_definition").execution_role_arn = first(
          stack,
          "aws_ecs_task_definition",
        ).task_role_arn),
      /shared/,
    ],
    [
      "a borrowed role",
      (stack) =>
        all(
          stack,
          "aws_iam_role",
          (role) =>
            (role.assume_role_policy = String(role.assume_role_policy).replace("aws:SourceAccount", "x")),
        ),
      /another account/,
    ],
  ],
  noPlainSecrets: [
    [
      "a token in plain environment",
      (stack) =>
        changeContainer(stack, (container) =>
          (container.environment as Attributes[]).push({ name: "MILLRACE_SERVICE_TOKEN", value: "x" }),
        ),
      /plain environment/,
    ],
    [
      "a token in the state",
      (stack) => (first(stack, "aws_secretsmanager_secret_version").secret_string = "x"),
      /in the state/,
    ],
  ],
  hardenedService: [
    ["root", (stack) => changeContainer(stack, (container) => (container.user = "0")), /is root/],
    [
      "a tag",
      (stack) => changeContainer(stack, (container) => (container.image = "control:latest")),
      /may change/,
    ],
  ],
};
