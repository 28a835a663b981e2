import type { TerraformResource } from "cdktf";
import { IMAGES } from "./settings.ts";

/** Terraform addresses of the resources that hold or protect data; `up` and `down` identify them by these. */
export const KEPT_DATA: readonly string[] = [
  "aws_s3_bucket.objects",
  "aws_s3_bucket_public_access_block.objects",
  "aws_s3_bucket_ownership_controls.objects",
  "aws_s3_bucket_server_side_encryption_configuration.objects",
  "aws_s3_bucket_lifecycle_configuration.objects",
  "aws_s3_bucket_policy.objects",
  "aws_dynamodb_table.ledger",
  ...IMAGES.flatMap((image) => [`aws_ecr_repository.${image}`, `aws_ecr_lifecycle_policy.${image}`]),
];

/** Gives a resource the address listed in {@link KEPT_DATA}; call it before anything refers to the resource. */
export function kept<Resource extends TerraformResource>(resource: Resource, name: string): Resource {
  resource.overrideLogicalId(name);
  if (KEPT_DATA.includes(`${resource.terraformResourceType}.${name}`)) return resource;
  throw new TypeError(`Cannot keep ${resource.terraformResourceType}.${name}: it is not in KEPT_DATA`);
}
