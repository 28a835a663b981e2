import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA as S3BucketEncryption } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { kept } from "../kept-data.ts";
import { policyDocument, tlsOnly } from "../policy-document.ts";

/**
 * The bucket for projects, items, rows and output. Objects are written once and never changed, so versioning is off:
 * nothing can be overwritten by mistake, and removed objects should be gone.
 */
export class ObjectBucket extends Construct {
  readonly bucket: S3Bucket;

  constructor(scope: Construct, id: string, { names, settings }: ClusterContext) {
    super(scope, id);
    const isProtected = settings.data !== "unprotect";
    this.bucket = kept(
      new S3Bucket(this, "bucket", {
        bucket: names.bucket,
        forceDestroy: !isProtected,
        lifecycle: { preventDestroy: isProtected },
      }),
      "objects",
    );
    const bucket = this.bucket.id;
    const access = new S3BucketPublicAccessBlock(this, "access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    kept(access, "objects");
    kept(
      new S3BucketOwnershipControls(this, "ownership", {
        bucket,
        rule: { objectOwnership: "BucketOwnerEnforced" },
      }),
      "objects",
    );
    kept(
      new S3BucketEncryption(this, "encryption", {
        bucket,
        rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: true }],
      }),
      "objects",
    );
    kept(
      new S3BucketLifecycleConfiguration(this, "lifecycle", {
        bucket,
        rule: [
          {
            id: "abort-uploads",
            status: "Enabled",
            filter: [{ prefix: "" }],
            abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
          },
        ],
      }),
      "objects",
    );
    kept(
      new S3BucketPolicy(this, "policy", {
        bucket,
        policy: policyDocument([tlsOnly("s3:*", [this.bucket.arn, `${this.bucket.arn}/*`])]),
        dependsOn: [access],
      }),
      "objects",
    );
  }
}
