import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { type FakeBatch, startFakeBatch, startMoto, startSqs } from "@millrace/aws-emulator";
import type { ExecutionContext, TestFn } from "ava";
import { type Cluster, openCluster } from "../../src/commands/cluster.ts";
import type { Runner } from "../../src/commands/run-cdktf.ts";

const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));
export const REGION = "eu-west-1";
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "emulated", AWS_SECRET_ACCESS_KEY: "emulated" };

/** Emulated services of one test file. */
export interface Aws {
  readonly url: () => string;
  readonly batch: () => FakeBatch;
  readonly environment: () => Record<string, string>;
}

/** Starts moto, an SQS and a fake AWS Batch with the queues `prod-cpu` and `prod-eu-cpu` for the tests of a file. */
export function startAws(test: TestFn): Aws {
  let stops: (() => Promise<unknown>)[] = [];
  let urls: Record<string, string> = {};
  let batch: FakeBatch | undefined;
  test.before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "millrace-infra-"));
    await mkdir(join(directory, "logs"));
    const moto = await startMoto({ cacheDirectory: CACHE });
    const sqs = await startSqs();
    batch = await startFakeBatch({
      queues: [
        { name: "prod-cpu", schedulingPolicy: false },
        { name: "prod-eu-cpu", schedulingPolicy: false },
      ],
      logDirectory: join(directory, "logs"),
      region: REGION,
      maxVcpus: 8,
      baseEnvironment: { PATH: process.env.PATH ?? "" },
      onEvent: () => {},
    });
    const { stop } = batch;
    stops = [
      () => moto.stop(),
      () => sqs.stop(),
      () => stop(),
      () => rm(directory, { recursive: true, force: true }),
    ];
    urls = {
      MILLRACE_AWS_ENDPOINT: moto.url,
      MILLRACE_AWS_ENDPOINT_SQS: sqs.url,
      MILLRACE_AWS_ENDPOINT_BATCH: batch.url,
    };
    Object.assign(process.env, CREDENTIALS);
  });
  test.after.always(async () => {
    for (const stop of stops) await stop();
  });
  return {
    url: () => urls.MILLRACE_AWS_ENDPOINT ?? "",
    batch: () => batch as FakeBatch,
    environment: () => ({ ...urls, PATH: process.env.PATH ?? "", ...CREDENTIALS }),
  };
}

/** A cluster described by lines of YAML, on the emulated services. */
export async function clusterOf(
  t: ExecutionContext,
  aws: Aws,
  options: { readonly yaml: readonly string[]; readonly environment?: Readonly<Record<string, string>> },
): Promise<Cluster> {
  const directory = await temporary(t);
  const file = join(directory, "cluster.yaml");
  await writeFile(file, `${[`region: ${REGION}`, ...options.yaml].join("\n")}\n`);
  const environment = { ...aws.environment(), ...options.environment };
  const cluster = await openCluster({ file, cwd: directory, environment });
  t.teardown(() => {
    for (const client of Object.values(cluster.clients)) client.destroy();
  });
  return cluster;
}

/**
 * The cluster with a client of S3 that sets no policies: moto keeps to the one that refuses requests without TLS, and moto
 * itself has none.
 */
export function withoutTls(cluster: Cluster): Cluster {
  const { s3 } = cluster.clients;
  const send = async (command: object) => {
    return command instanceof PutBucketPolicyCommand ? {} : s3.send(command as never);
  };
  return { ...cluster, clients: { ...cluster.clients, s3: { send } as never } };
}

/** One call of the program that stands for cdktn. */
export interface Call {
  readonly args: readonly string[];
  readonly images: string | undefined;
  readonly data: string | undefined;
}

/** A program in the place of cdktn: keeps what it was called with, and answers as it is told, the last answer for good. */
export async function stubRunner(
  t: ExecutionContext,
  aws: Aws,
  answers: readonly { readonly code: number; readonly says?: string }[] = [{ code: 0 }],
): Promise<
  Runner & {
    readonly calls: () => Promise<readonly Call[]>;
    readonly said: string[];
    readonly waits: number[];
  }
> {
  const directory = await temporary(t);
  const calls = join(directory, "calls.ndjson");
  await writeFile(calls, "");
  const script = join(directory, "cdktn.mjs");
  await writeFile(
    script,
    `import { appendFileSync, readFileSync } from "node:fs";
const answers = ${JSON.stringify(answers)};
const before = readFileSync(${JSON.stringify(calls)}, "utf8").split("\\n").length - 1;
const { MILLRACE_IMAGES: images, MILLRACE_DATA: data } = process.env;
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ args: process.argv.slice(2), images, data }) + "\\n");
const answer = answers[Math.min(before, answers.length - 1)];
if (answer.says) console.error(answer.says);
process.exit(answer.code);
`,
  );
  const said: string[] = [];
  const waits: number[] = [];
  return {
    environment: { ...aws.environment(), MILLRACE_CLUSTER_RESULT: join(directory, "result.json") },
    log: (line) => said.push(line),
    program: [process.execPath, script],
    wait: async (ms) => void waits.push(ms),
    said,
    waits,
    calls: async () =>
      (await readFile(calls, "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Call),
  };
}

export async function resultOf({ environment }: Runner): Promise<unknown> {
  const text = await readFile(environment.MILLRACE_CLUSTER_RESULT ?? "", "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

export async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-infra-"));
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Answers ListServiceQuotas, which moto does not know. */
export async function quotaService(
  t: ExecutionContext,
  quotas: Readonly<Record<string, number>>,
): Promise<string> {
  const Quotas = Object.entries(quotas).map(([QuotaName, Value]) => ({ QuotaName, Value }));
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Quotas }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
