import { type Attributes, resourcesOf, type Stack } from "../fixtures/synth.ts";
import type { Check } from "./checks-network.ts";

const isKept = (attributes: Attributes) =>
  (attributes.lifecycle as Attributes | undefined)?.prevent_destroy === true;
const policyOf = (attributes: Attributes | undefined) => String(attributes?.policy ?? "");
const deniesPlain = (policy: string) => /"Effect":"Deny".*"aws:SecureTransport":"false"/.test(policy);

function one(stack: Stack, type: string): Attributes | undefined {
  return resourcesOf(stack, type)[0]?.[1];
}

export const protectedBucket: Check = (stack) => {
  const access = one(stack, "aws_s3_bucket_public_access_block") ?? {};
  const blocks = [
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
  ];
  const ownership = JSON.stringify(one(stack, "aws_s3_bucket_ownership_controls") ?? {});
  const lifecycle = JSON.stringify(one(stack, "aws_s3_bucket_lifecycle_configuration") ?? {});
  return [
    ...resourcesOf(stack, "aws_s3_bucket").flatMap(([name, bucket]) => [
      ...(isKept(bucket) ? [] : [`${name} can be destroyed`]),
      ...(bucket.force_destroy === true ? [`${name} is emptied when it is destroyed`] : []),
    ]),
    ...blocks.filter((block) => access[block] !== true).map((block) => `the bucket lacks ${block}`),
    ...(ownership.includes("BucketOwnerEnforced") ? [] : ["the bucket takes ACLs"]),
    ...(one(stack, "aws_s3_bucket_server_side_encryption_configuration")
      ? []
      : ["the bucket says nothing of encryption"]),
    ...(lifecycle.includes("days_after_initiation") ? [] : ["uploads that were given up stay"]),
    ...(deniesPlain(policyOf(one(stack, "aws_s3_bucket_policy")))
      ? []
      : ["the bucket takes requests without TLS"]),
  ];
};

export const protectedTable: Check = (stack) =>
  resourcesOf(stack, "aws_dynamodb_table").flatMap(([name, table]) => [
    ...(table.billing_mode === "PAY_PER_REQUEST" ? [] : [`${name} is not on demand`]),
    ...((table.point_in_time_recovery as Attributes | undefined)?.enabled === true
      ? []
      : [`${name} has no recovery`]),
    ...(table.deletion_protection_enabled === true ? [] : [`${name} can be deleted`]),
    ...(isKept(table) ? [] : [`${name} can be destroyed`]),
    ...((table.ttl as Attributes | undefined)?.enabled === true ? [] : [`${name} keeps items for ever`]),
  ]);

export const protectedQueues: Check = (stack) => {
  const policies = resourcesOf(stack, "aws_sqs_queue_policy").map(([, attributes]) => attributes);
  return resourcesOf(stack, "aws_sqs_queue").flatMap(([name, queue]) => {
    const policy = policyOf(policies.find(({ queue_url }) => String(queue_url).includes(name)));
    return [
      ...(queue.sqs_managed_sse_enabled === true ? [] : [`${name} is not encrypted`]),
      ...(queue.message_retention_seconds === 1_209_600 ? [] : [`${name} forgets before 14 days`]),
      ...(deniesPlain(policy) ? [] : [`${name} takes requests without TLS`]),
      ...(/"Effect":"Allow"(?!.*"aws:SourceArn")/.test(policy)
        ? [`${name} lets more than its rules send`]
        : []),
    ];
  });
};

export const protectedImages: Check = (stack) =>
  resourcesOf(stack, "aws_ecr_repository").flatMap(([name, repository]) => [
    ...(repository.image_tag_mutability === "IMMUTABLE" ? [] : [`${name} lets tags move`]),
    ...((repository.image_scanning_configuration as Attributes | undefined)?.scan_on_push === true
      ? []
      : [`${name} is not scanned`]),
    ...(stack.resource.aws_ecr_lifecycle_policy?.[name.split(".")[1] ?? ""]
      ? []
      : [`${name} keeps all images`]),
  ]);

export const logsEnd: Check = (stack) =>
  resourcesOf(stack, "aws_cloudwatch_log_group")
    .filter(([, group]) => !(Number(group.retention_in_days) > 0))
    .map(([name]) => `${name} keeps lines for ever`);

/** Remote, encrypted, locked; and nothing but the exact provider that was tested. */
export const soundState: Check = ({ terraform, provider }) => {
  const { s3 } = terraform.backend;
  const aws = (terraform.required_providers as { readonly aws: Attributes }).aws;
  return [
    ...(s3 === undefined ? ["the state is not in S3"] : []),
    ...(s3?.encrypt === true ? [] : ["the state is not encrypted"]),
    ...(s3?.use_lockfile === true ? [] : ["the state is not locked"]),
    ...(/^\d+\.\d+\.\d+$/.test(String(aws.version)) ? [] : [`the provider may be any of ${aws.version}`]),
    ...(provider.aws[0]?.allowed_account_ids === undefined ? ["any account may be changed"] : []),
  ];
};
