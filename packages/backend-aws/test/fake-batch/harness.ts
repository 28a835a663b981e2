import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  RegisterJobDefinitionCommand,
  type RegisterJobDefinitionCommandInput,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { type FakeBatch, type FakeBatchOptions, startFakeBatch } from "@millrace/aws-emulator";
import type { ExecutionContext } from "ava";

const DEADLINE_MS = 180_000;

/** Runs until it is killed. */
export const FOREVER = ["/bin/sh", "-c", "exec sleep 600"];

export const shell = (script: string): string[] => ["/bin/sh", "-c", script];

export interface Harness {
  readonly fake: FakeBatch;
  readonly client: BatchClient;
  /** A folder of the test's own. */
  readonly folder: string;
  define(command: readonly string[], more?: Partial<RegisterJobDefinitionCommandInput>): Promise<string>;
  /** Submits `command` to the queue "plain" and gives the id. */
  submit(command: readonly string[], more?: Partial<SubmitJobCommandInput>): Promise<string>;
  job(id: string): Promise<JobDetail>;
  status(id: string, ...statuses: string[]): Promise<JobDetail>;
  ended(id: string): Promise<JobDetail>;
  log(job: JobDetail): Promise<string>;
}

/** A fake with the queues "plain" and "fair", and a real client that sends every request once. */
export async function startHarness(
  t: ExecutionContext,
  options: Partial<FakeBatchOptions> = {},
): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), "fake-batch-"));
  const fake = await startFakeBatch({
    queues: [
      { name: "plain", schedulingPolicy: false },
      { name: "fair", schedulingPolicy: true, computeEnvironment: "spot" },
    ],
    logDirectory: join(folder, "logs"),
    baseEnvironment: { PATH: process.env.PATH ?? "", FOLDER: folder },
    ...options,
  });
  const client = clientOf(fake);
  t.teardown(async () => {
    client.destroy();
    await fake.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { fake, client, folder, ...requests(fake, client) };
}

export function clientOf(fake: FakeBatch, maxAttempts = 1): BatchClient {
  return new BatchClient({
    endpoint: fake.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts,
  });
}

function requests(fake: FakeBatch, client: BatchClient): Omit<Harness, "fake" | "client" | "folder"> {
  let definitions = 0;
  const job = async (id: string): Promise<JobDetail> => {
    const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [id] }));
    if (jobs?.[0] === undefined) throw new Error(`Cannot describe job "${id}": unknown`);
    return jobs[0];
  };
  const define: Harness["define"] = async (command, more) => {
    const registered = await client.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: `definition-${++definitions}`,
        type: "container",
        ...more,
        containerProperties: {
          image: "repository/image@sha256:0000",
          command: [...command],
          resourceRequirements: [
            { type: "VCPU", value: "1" },
            { type: "MEMORY", value: "128" },
          ],
          ...more?.containerProperties,
        },
      }),
    );
    return registered.jobDefinitionArn as string;
  };
  const status: Harness["status"] = (id, ...statuses) =>
    until(async () => {
      const now = await job(id);
      return statuses.includes(now.status as string) ? now : undefined;
    });
  return {
    define,
    job,
    status,
    submit: async (command, more) => {
      const jobDefinition = more?.jobDefinition ?? (await define(command));
      const { jobId } = await client.send(
        new SubmitJobCommand({ jobName: "job", jobQueue: "plain", ...more, jobDefinition }),
      );
      return jobId as string;
    },
    ended: (id) => status(id, "SUCCEEDED", "FAILED"),
    log: async (described) => {
      const stream = described.container?.logStreamName;
      if (stream === undefined)
        throw new Error(`Cannot read the log of job "${described.jobId}": it has none`);
      return readFile(fake.logFile(stream), "utf8");
    },
  };
}

/** Polls until there is something; a test that waits in vain says so. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs)
      throw new Error(`Cannot wait any longer: nothing in ${DEADLINE_MS} ms`);
    await delay(10);
  }
}

/** A process that is dead but not yet reaped by its parent does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== "linux") return true;
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
