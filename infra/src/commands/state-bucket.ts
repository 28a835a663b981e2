import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { MillraceError } from "@millrace/core";
import { policyDocument, tlsOnly } from "../policy-document.ts";
import { errorName, httpStatus } from "./aws-clients.ts";
import type { Cluster } from "./cluster.ts";

const KEPT_DAYS = 90;

/**
 * Creates the bucket for Terraform's state, or completes a partly created one. Every call names the account that must
 * own the bucket: bucket names are global, and state in somebody else's bucket would belong to them.
 *
 * @returns whether it was created now
 * @throws {MillraceError} backend_misconfigured when another account owns the name
 */
export async function ensureStateBucket({
  clients,
  stateBucket,
  account,
  config,
}: Cluster): Promise<boolean> {
  const { s3 } = clients;
  const bucket = { Bucket: stateBucket, ExpectedBucketOwner: account };
  const isNew = !(await isOurs(s3, bucket));
  if (isNew) await create(s3, stateBucket, config.region);
  await s3.send(
    new PutPublicAccessBlockCommand({
      ...bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      ...bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    }),
  );
  await s3.send(
    new PutBucketVersioningCommand({ ...bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  await s3.send(
    new PutBucketEncryptionCommand({
      ...bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: true }],
      },
    }),
  );
  const arn = `arn:aws:s3:::${stateBucket}`;
  const Policy = policyDocument([tlsOnly("s3:*", [arn, `${arn}/*`])]);
  await s3.send(new PutBucketPolicyCommand({ ...bucket, Policy }));
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      ...bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: "old-states",
            Status: "Enabled",
            Filter: { Prefix: "" },
            NoncurrentVersionExpiration: { NoncurrentDays: KEPT_DAYS },
          },
        ],
      },
    }),
  );
  return isNew;
}

type Owned = { readonly Bucket: string; readonly ExpectedBucketOwner: string };

async function isOurs(s3: Cluster["clients"]["s3"], bucket: Owned): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand(bucket));
    return true;
  } catch (error) {
    if (httpStatus(error) === 404) return false;
    throw notOurs(bucket.Bucket, error);
  }
}

async function create(s3: Cluster["clients"]["s3"], name: string, region: string): Promise<void> {
  try {
    await s3.send(
      new CreateBucketCommand({
        Bucket: name,
        // us-east-1 is selected by omitting this.
        ...(region !== "us-east-1" && {
          CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" },
        }),
      }),
    );
  } catch (error) {
    if (errorName(error) === "BucketAlreadyOwnedByYou") return;
    throw notOurs(name, error);
  }
}

function notOurs(name: string, cause: unknown): MillraceError {
  const isTaken = httpStatus(cause) === 403 || errorName(cause) === "BucketAlreadyExists";
  const why = isTaken
    ? "it belongs to another account, or these credentials may not use it; choose another with state.bucket"
    : `${errorName(cause)}: ${(cause as Error).message}`;
  return new MillraceError(
    "backend_misconfigured",
    `Cannot use bucket "${name}" for Terraform's state: ${why}`,
    { cause },
  );
}
