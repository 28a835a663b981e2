import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  DescribeJobDefinitionsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ListQueuesCommand } from "@aws-sdk/client-sqs";
import { isMillraceError } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { type DownOptions, down } from "../../src/commands/down.ts";
import { ensureStateBucket } from "../../src/commands/state-bucket.ts";
import { KEPT_DATA } from "../../src/kept-data.ts";
import { clusterOf, resultOf, startAws, stubRunner, temporary, withoutTls } from "./harness.ts";

const aws = startAws(test);
const OPTIONS: DownOptions = { confirm: "prod", deleteData: false, trial: false };
const ULID = "01M86FDWXNFRT5P7R8H38R3WY8";
const INFRA = fileURLToPath(new URL("../..", import.meta.url));

/** As Terraform's state lists resources. */
function resource(address: string) {
  const [type, name] = address.split(".");
  return { mode: "managed", type, name };
}

async function prod(t: ExecutionContext, addresses: readonly string[] = [...KEPT_DATA, "aws_lb.balancer"]) {
  const cluster = withoutTls(await clusterOf(t, aws, { yaml: ["name: prod"] }));
  await ensureStateBucket(cluster);
  const state = { outputs: {}, resources: addresses.map(resource) };
  await cluster.clients.s3.send(
    new PutObjectCommand({
      Bucket: cluster.stateBucket,
      Key: cluster.names.stateKey,
      Body: JSON.stringify(state),
    }),
  );
  return cluster;
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50)));

test.serial(
  "down ends the cluster's jobs, queues and definitions, and leaves those of its neighbours",
  async (t) => {
    const cluster = await prod(t);
    const { batch, sqs } = cluster.clients;
    const names = [`prod-job-${ULID}`, `prod-eu-job-${ULID}`, `prod-job-x-job-${ULID}`, "prod-job-mine"];
    for (const QueueName of names) await sqs.send(new CreateQueueCommand({ QueueName }));
    for (const cluster of ["prod", "prod-eu"]) {
      await batch.send(
        new RegisterJobDefinitionCommand({
          jobDefinitionName: `${cluster}-sum`,
          type: "container",
          containerProperties: {
            image: "x",
            command: ["sleep", "600"],
            resourceRequirements: [
              { type: "VCPU", value: "1" },
              { type: "MEMORY", value: "64" },
            ],
            environment: [{ name: "MILLRACE_AWS_CLUSTER", value: cluster }],
          },
          tags: { "millrace:cluster": cluster },
        }),
      );
      await batch.send(
        new SubmitJobCommand({ jobName: "a", jobQueue: `${cluster}-cpu`, jobDefinition: `${cluster}-sum` }),
      );
    }
    const runner = await stubRunner(t, aws);
    t.is(await down(cluster, OPTIONS, { ...runner, wait: delay }), 0);

    const queues = await sqs.send(new ListQueuesCommand({}));
    t.deepEqual((queues.QueueUrls ?? []).map((url) => url.split("/").at(-1)).sort(), names.slice(1).sort());
    const { jobDefinitions = [] } = await batch.send(new DescribeJobDefinitionsCommand({ status: "ACTIVE" }));
    t.deepEqual(
      jobDefinitions.map(({ jobDefinitionName }) => jobDefinitionName),
      ["prod-eu-sum"],
    );
    const jobs = aws
      .batch()
      .jobs()
      .map(({ status }) => status);
    t.is(jobs.filter((status) => status === "FAILED").length, 1, "one is ended, the neighbour's is not");
    t.deepEqual(await runner.calls(), [
      { args: ["deploy", "cluster", "--auto-approve"], data: "release" } as never,
    ]);
    t.deepEqual(await resultOf(runner), { cluster: "prod", removed: true });
    t.regex(runner.said.join("\n"), /left: bucket prod-123456789012-eu-west-1, table prod-ledger/);
  },
);

test.serial(
  "down --delete-data removes the protection first, and can be run again after a failure",
  async (t) => {
    const cluster = await prod(t);
    const options = { ...OPTIONS, deleteData: true };
    const failing = await stubRunner(t, aws, [{ code: 0 }, { code: 1, says: "Error: no network" }]);
    await t.throwsAsync(down(cluster, options, { ...failing, wait: delay }));
    t.is(await resultOf(failing), undefined);
    const runner = await stubRunner(t, aws);
    t.is(await down(cluster, options, { ...runner, wait: delay }), 0);
    t.deepEqual(
      (await runner.calls()).map(({ args, data }) => [args[0], data]),
      [
        ["deploy", "unprotect"],
        ["destroy", "unprotect"],
      ],
    );
    t.notRegex(runner.said.join("\n"), /left: bucket prod-/);
  },
);

test.serial(
  "down --delete-data creates nothing in order to destroy it: after a down, and after an interrupted destroy",
  async (t) => {
    const options = { ...OPTIONS, deleteData: true };
    const begun = await stubRunner(t, aws);
    await down(await prod(t, ["aws_lb.balancer", "aws_dynamodb_table.ledger"]), options, {
      ...begun,
      wait: delay,
    });
    t.deepEqual(
      (await begun.calls()).map(({ args }) => args[0]),
      ["destroy"],
    );
    const empty = await stubRunner(t, aws);
    t.is(await down(await prod(t, []), options, { ...empty, wait: delay }), 0);
    t.deepEqual(await empty.calls(), []);
    t.regex(empty.said.join("\n"), /Terraform has no record of cluster "prod"\n.*up --adopt-data/);
  },
);

test.serial("down changes nothing until the cluster's name is given", async (t) => {
  const cluster = await prod(t);
  for (const confirm of [undefined, "production", ""]) {
    const runner = await stubRunner(t, aws);
    const error = await t.throwsAsync(down(cluster, { ...OPTIONS, confirm }, runner));
    t.true(isMillraceError(error, "invalid_config"));
    t.regex(error?.message ?? "", /nothing was changed/);
    t.deepEqual(await runner.calls(), []);
  }
});

test.serial("down of a cluster that Terraform does not know succeeds", async (t) => {
  const cluster = withoutTls(await clusterOf(t, aws, { yaml: ["name: gone"] }));
  const runner = await stubRunner(t, aws);
  t.is(await down(cluster, { ...OPTIONS, confirm: "gone" }, runner), 0);
  t.deepEqual(await runner.calls(), []);
});

test.serial("cdktf destroy is refused before it does anything while the data is protected", async (t) => {
  const directory = await temporary(t);
  const { stderr, status } = spawnSync(
    process.execPath,
    [`${INFRA}/src/commands/cdktf/main.ts`, "destroy", "cluster"],
    {
      cwd: directory,
      encoding: "utf8",
      env: { ...aws.environment() },
    },
  );
  t.is(status, 78);
  t.regex(stderr, /its data is protected\. Use: millrace cluster down.*protect_data: false/);
});
