import { DescribeJobDefinitionsCommand } from "@aws-sdk/client-batch";
import type { Emulators } from "@millrace/aws-emulator";
import { sampleApi } from "@millrace/backend-suite";
import { type ApiVersion, MillraceError } from "@millrace/core";
import test from "ava";
import { parseAwsConfig } from "../../src/aws/config.ts";
import { jobDefinition, jobQueueOf, shareIdentifier } from "../../src/pool/job-definition.ts";
import { clusterConfig, startTestEmulators } from "../fixtures/cluster.ts";
import { shell, startPool } from "./pool-harness.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const config = clusterConfig("http://127.0.0.1:1");

function apiWith(compute: Partial<ApiVersion["spec"]["compute"]>): ApiVersion {
  const { spec, ...api } = sampleApi("sample");
  return { ...api, spec: { ...spec, compute: { ...spec.compute, ...compute } } };
}

const requirementsOf = (api: ApiVersion) =>
  Object.fromEntries(
    (jobDefinition(config, api).containerProperties?.resourceRequirements ?? []).map(({ type, value }) => [
      type,
      value,
    ]),
  );

test("semantic 10: jobDefinition() has the five rules of evaluateOnExit in their order, the last of which ends", (t) => {
  const { retryStrategy } = jobDefinition(config, sampleApi("sample"));
  t.is(retryStrategy?.attempts, 10);
  t.deepEqual(retryStrategy?.evaluateOnExit, [
    { onStatusReason: "Host EC2*", action: "RETRY" },
    { onStatusReason: "Task failed to start*", action: "RETRY" },
    { onExitCode: "75", action: "RETRY" },
    { onReason: "OutOfMemoryError*", action: "RETRY" },
    { onReason: "*", action: "EXIT" },
  ]);
});

test("semantic 13: jobDefinition() logs without blocking, into a buffer of a stated size", (t) => {
  const { containerProperties } = jobDefinition(config, sampleApi("sample"));
  const { logDriver, options } = containerProperties?.logConfiguration ?? {};
  t.is(logDriver, "awslogs");
  t.like(options, { mode: "non-blocking", "max-buffer-size": "25m", "awslogs-group": config.workerLogGroup });
  t.notRegex(config.workerLogGroup, /^aws\//);
});

test("jobDefinition() requests whole cores, whole mebibytes, and always a memory limit", (t) => {
  t.deepEqual(requirementsOf(apiWith({ cpu: 0.2 })), { VCPU: "1", MEMORY: "2048" });
  t.deepEqual(requirementsOf(apiWith({ cpu: 1.5, memBytes: 3 * 1024 ** 3 + 1 })), {
    VCPU: "2",
    MEMORY: "3073",
  });
  t.deepEqual(requirementsOf(apiWith({ gpu: 2, memBytes: 1 })), { VCPU: "1", MEMORY: "4", GPU: "2" });
  const { linuxParameters, privileged } = jobDefinition(config, apiWith({ shmBytes: 1024 ** 2 + 1 }))
    .containerProperties as NonNullable<ReturnType<typeof jobDefinition>["containerProperties"]>;
  t.deepEqual(linuxParameters, { initProcessEnabled: true, sharedMemorySize: 2 });
  t.false(privileged);
});

test("jobDefinition() gives workers the service's configuration, under names that AWS Batch accepts", (t) => {
  const { environment = [], image } = jobDefinition(config, sampleApi("sample")).containerProperties ?? {};
  t.false(environment.some(({ name }) => name?.startsWith("AWS_BATCH")));
  const given = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
  const scratchDirectory = `${config.scratchDirectory}/sample`;
  t.deepEqual(parseAwsConfig(given), { ...config, scratchDirectory });
  t.is(given.HOME, scratchDirectory);
  t.is(image, "millrace-worker");
});

test("jobDefinition() uses the GPU image for APIs with GPUs, and prefers the API's own image", (t) => {
  const images = { ...config, workerImage: "cpu", workerGpuImage: "gpu" };
  const imageOf = (api: ApiVersion) => jobDefinition(images, api).containerProperties?.image;
  t.is(imageOf(apiWith({})), "cpu");
  const gpu = apiWith({ gpu: 1 });
  t.is(imageOf(gpu), "gpu");
  const predictor = { ...gpu.spec.predictor, image: "own" };
  t.is(imageOf({ ...gpu, spec: { ...gpu.spec, predictor } }), "own");
});

test("jobDefinition() runs each API's workers as their own user, never root, on the machine's shared scratch directory", (t) => {
  const propertiesOf = (name: string) => jobDefinition(config, sampleApi(name)).containerProperties;
  const users = ["one", "two"].map((name) => propertiesOf(name)?.user ?? "");
  t.true(
    users.every((user) => /^[1-9]\d{5,9}:10001$/.test(user)),
    users.join(", "),
  );
  t.not(users[0], users[1]);
  t.is(propertiesOf("one")?.user, users[0]);
  t.deepEqual(propertiesOf("one")?.volumes, [
    { name: "scratch", host: { sourcePath: config.scratchDirectory } },
  ]);
});

test("jobQueueOf() picks the GPU family, and spot if there is such a queue", (t) => {
  const jobQueues = { cpu: "c", g5: "g", "g5-spot": "gs", p4d: "p" };
  const queue = (compute: Parameters<typeof apiWith>[0]) => jobQueueOf({ jobQueues }, apiWith(compute));
  t.is(queue({}), "c");
  t.is(queue({ spot: true }), "c");
  t.is(queue({ accelerator: "p4d" }), "c");
  t.is(queue({ gpu: 1 }), "g");
  t.is(queue({ gpu: 1, spot: true }), "gs");
  t.is(queue({ gpu: 1, accelerator: "p4d", spot: true }), "p");
  t.throws(() => queue({ gpu: 1, accelerator: "g6" }), { code: "invalid_config", message: /one of g5, p4d/ });
  t.throws(() => jobQueueOf({ jobQueues: { cpu: "c" } }, apiWith({ gpu: 1 })), { message: /it has no GPUs/ });
});

test("shareIdentifier() has only letters and digits, and differs for each API", (t) => {
  t.regex(shareIdentifier("image-classifier"), /^[a-z0-9]{1,255}$/);
  t.not(shareIdentifier("a"), shareIdentifier("b"));
});

test("prepare() registers a version once, or again when asked, and forget() removes it", async (t) => {
  const { backend, clients, records, job } = await startPool(t, { emulators, command: shell("exit 0") });
  const api = sampleApi("sample");
  const options = { archiveUri: "", onOutput: () => {} };
  const revisions = async (status: string) => {
    const { jobDefinitions = [] } = await clients.batch.send(new DescribeJobDefinitionsCommand({ status }));
    return jobDefinitions.length;
  };
  await backend.pool.prepare(api, options);
  t.is(await revisions("ACTIVE"), 1);
  await backend.pool.prepare(api, { ...options, fresh: true });
  t.is(await revisions("ACTIVE"), 2);
  t.regex((await records.jobDefinition(api.name, api.version)) as string, /:2$/);
  await backend.pool.forget(api);
  await backend.pool.forget(api);
  t.is(await revisions("INACTIVE"), 1);
  await t.throwsAsync(backend.pool.start(await job(1), [0]), {
    instanceOf: MillraceError,
    code: "api_not_found",
    message: /deploy the API again/,
  });
});
