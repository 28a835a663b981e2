import { CreateRepositoryCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { isMillraceError } from "@millrace/core";
import test from "ava";
import type { Cluster } from "../../src/commands/cluster.ts";
import { pushedImages } from "../../src/commands/pushed-images.ts";
import { runCdktf } from "../../src/commands/run-cdktf.ts";
import { untilStable } from "../../src/commands/service-state.ts";
import { ensureStateBucket } from "../../src/commands/state-bucket.ts";
import { up } from "../../src/commands/up.ts";
import { IMAGES } from "../../src/settings.ts";
import { clusterOf, resultOf, startAws, stubRunner, withoutTls } from "./harness.ts";

const aws = startAws(test);
const OPTIONS = { yes: true, trial: false, adopt: false, skipPreflight: true, imageTag: undefined };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const RACE = "Error: ClientException: Cannot delete, found existing JobQueue relationship";

/** What a deploy would have made, as far as the commands look at it. */
async function deployed({ clients, names, stateBucket }: Cluster): Promise<void> {
  const { ecs } = clients;
  await ecs.send(new CreateClusterCommand({ clusterName: names.service }));
  const containerDefinitions = [{ name: "control", image: "x", memory: 64 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: names.service, containerDefinitions }));
  const service = { cluster: names.service, serviceName: names.service, taskDefinition: names.service };
  await ecs.send(new CreateServiceCommand({ ...service, desiredCount: 0 }));
  await clients.secrets.send(
    new CreateSecretCommand({ Name: names.tokenSecret, SecretString: "t".repeat(64) }),
  );
  const outputs = { url: { value: "http://balancer" }, load_balancer_dns: { value: "balancer" } };
  await clients.s3.send(
    new PutObjectCommand({ Bucket: stateBucket, Key: names.stateKey, Body: JSON.stringify({ outputs }) }),
  );
}

async function pushed({ clients: { ecr }, names }: Cluster): Promise<void> {
  for (const image of IMAGES) {
    const repositoryName = names.repositories[image];
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, name: image });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "0.1.0" }));
  }
}

test("up creates everything but the service first, and continues once the images are pushed", async (t) => {
  const cluster = withoutTls(await clusterOf(t, aws, { yaml: ["name: rounds"] }));
  const runner = await stubRunner(t, aws);
  // A PATH without container engines.
  const bare = { ...runner, environment: { ...runner.environment, PATH: "/nowhere" } };
  t.is(await up(cluster, OPTIONS, bare), 75);
  t.regex(
    runner.said.join("\n"),
    /images:push --registry 123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com --cluster rounds[\s\S]*continues from here/,
  );
  t.deepEqual(await runner.calls(), [{ args: ["deploy", "cluster", "--auto-approve"] } as never]);
  t.is(await resultOf(runner), undefined);

  await pushed(cluster);
  await deployed(cluster);
  t.is(await up(cluster, OPTIONS, runner), 0);
  const last = (await runner.calls()).at(-1);
  t.deepEqual(JSON.parse(last?.images ?? "{}"), { ...(await pushedImages(cluster, undefined)) });
  t.regex(last?.images ?? "", /rounds\/worker-gpu@sha256:[0-9a-f]{64}/);
  t.deepEqual(await resultOf(runner), { cluster: "rounds", url: "http://balancer", token: "t".repeat(64) });
  t.false(runner.said.join("\n").includes("tttt"), "the token is shown to nobody");
});

test("up can be run again after a failure, and does what is missing", async (t) => {
  const cluster = withoutTls(await clusterOf(t, aws, { yaml: ["name: again"] }));
  await pushed(cluster);
  const failing = await stubRunner(t, aws, [{ code: 1, says: "Error: throttled" }]);
  const error = await t.throwsAsync(up(cluster, OPTIONS, failing));
  t.regex(
    error?.message ?? "",
    /Cannot deploy the cluster: cdktf ended with 1.*run the same command again to continue/,
  );
  await deployed(cluster);
  t.is(await up(cluster, OPTIONS, await stubRunner(t, aws)), 0);
});

test("runCdktf() retries when AWS Batch has not finished an earlier change, and gives up after some tries", async (t) => {
  const passing = await stubRunner(t, aws, [{ code: 1, says: RACE }, { code: 1, says: RACE }, { code: 0 }]);
  await runCdktf(["deploy", "cluster"], {}, passing);
  t.deepEqual(passing.waits, [60_000, 60_000]);
  t.is((await passing.calls()).length, 3);
  const lasting = await stubRunner(t, aws, [{ code: 1, says: RACE }]);
  t.true(isMillraceError(await t.throwsAsync(runCdktf(["deploy", "cluster"], {}, lasting)), "internal"));
  t.is((await lasting.calls()).length, 5);
  const other = await stubRunner(t, aws, [{ code: 1, says: "Error: AccessDenied" }]);
  await t.throwsAsync(runCdktf(["deploy", "cluster"], {}, other));
  t.is((await other.calls()).length, 1, "what does not pass is not tried again");
});

test("up does not mistake ECS's rollback for the new deployment", async (t) => {
  const old = { status: "ACTIVE", runningCount: 1, desiredCount: 1, taskDefinition: "control:1" };
  const services = [
    {
      ...old,
      deployments: [{ rolloutState: "COMPLETED" }],
      events: [{ message: "rolling back to control:1" }],
    },
  ];
  const cluster = await clusterOf(t, aws, { yaml: ["name: back"] });
  const clients = { ...cluster.clients, ecs: { send: async () => ({ services }) } as never };
  const wait = async () => {};
  const error = await t.throwsAsync(
    untilStable({ ...cluster, clients }, { taskDefinition: "control:2", wait }),
  );
  t.regex(error?.message ?? "", /failed and was rolled back[\s\S]*rolling back to control:1/);
  await t.notThrowsAsync(untilStable({ ...cluster, clients }, { taskDefinition: "control:1", wait }));
});

test("up shows ECS's events when the service does not start", async (t) => {
  const cluster = withoutTls(await clusterOf(t, aws, { yaml: ["name: sick"] }));
  await pushed(cluster);
  await ensureStateBucket(cluster);
  const events = [{ message: "(service sick-control) unable to pull image" }];
  const services = [
    { status: "ACTIVE", runningCount: 0, desiredCount: 1, deployments: [{ rolloutState: "FAILED" }], events },
  ];
  const ecs = { send: async () => ({ services }) } as never;
  const error = await t.throwsAsync(
    up({ ...cluster, clients: { ...cluster.clients, ecs } }, OPTIONS, await stubRunner(t, aws)),
  );
  t.regex(error?.message ?? "", /its deployment failed and was rolled back[\s\S]*unable to pull image/);
});
