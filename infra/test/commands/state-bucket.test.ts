import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { isMillraceError } from "@millrace/core";
import test from "ava";
import type { Cluster } from "../../src/commands/cluster.ts";
import { ensureStateBucket } from "../../src/commands/state-bucket.ts";
import { clusterOf, REGION, startAws } from "./harness.ts";

const aws = startAws(test);

async function stateOf({ clients: { s3 }, stateBucket: Bucket }: Cluster) {
  const [versioning, access, policy, encryption] = await Promise.all([
    s3.send(new GetBucketVersioningCommand({ Bucket })),
    s3.send(new GetPublicAccessBlockCommand({ Bucket })),
    s3.send(new GetBucketPolicyCommand({ Bucket })),
    s3.send(new GetBucketEncryptionCommand({ Bucket })),
  ]);
  return {
    versioning: versioning.Status,
    closed: Object.values(access.PublicAccessBlockConfiguration ?? {}).every(Boolean),
    tls: /aws:SecureTransport/.test(policy.Policy ?? ""),
    encryption:
      encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
        ?.SSEAlgorithm,
  };
}

const SOUND = { versioning: "Enabled", closed: true, tls: true, encryption: "AES256" };

test("ensureStateBucket() creates the bucket, and finds it the next time", async (t) => {
  const cluster = await clusterOf(t, aws, { yaml: ["state: { bucket: state-new }"] });
  t.true(await ensureStateBucket(cluster));
  t.deepEqual(await stateOf(cluster), SOUND);
  t.false(await ensureStateBucket(cluster));
});

test("ensureStateBucket() completes a half-created bucket", async (t) => {
  const cluster = await clusterOf(t, aws, { yaml: ["state: { bucket: state-half }"] });
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await cluster.clients.s3.send(new CreateBucketCommand({ Bucket: "state-half", CreateBucketConfiguration }));
  t.false(await ensureStateBucket(cluster));
  t.deepEqual(await stateOf(cluster), SOUND);
});

test("ensureStateBucket() refuses a bucket that these credentials may not use", async (t) => {
  const cluster = await clusterOf(t, aws, { yaml: ["state: { bucket: state-of-others }"] });
  const denied = Object.assign(new Error("Forbidden"), { name: "403", $metadata: { httpStatusCode: 403 } });
  const s3 = { send: async () => Promise.reject(denied) } as never;
  const error = await t.throwsAsync(ensureStateBucket({ ...cluster, clients: { ...cluster.clients, s3 } }));
  t.true(isMillraceError(error, "backend_misconfigured"));
  t.regex(error?.message ?? "", /it belongs to another account.*choose another with state\.bucket/);
});

test("the state bucket is named for account and region when no name is given", async (t) => {
  t.is((await clusterOf(t, aws, { yaml: [] })).stateBucket, `millrace-state-123456789012-${REGION}`);
});

test("openCluster() refuses the credentials of another account", async (t) => {
  const error = await t.throwsAsync(clusterOf(t, aws, { yaml: ['account: "999999999999"'] }));
  t.regex(error?.message ?? "", /Cannot use account 123456789012: .*cluster\.yaml is for 999999999999/);
});
