import { setTimeout as delay } from "node:timers/promises";
import {
  type BatchClient,
  DeregisterJobDefinitionCommand,
  DescribeJobQueuesCommand,
  type JobStatus,
  paginateDescribeJobDefinitions,
  paginateListJobs,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import { DeleteQueueCommand, paginateListQueues } from "@aws-sdk/client-sqs";
import { MillraceError } from "@millrace/core";
import { errorName } from "./aws-clients.ts";
import type { Cluster } from "./cluster.ts";

const UNFINISHED: readonly JobStatus[] = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"];
const POLL_MS = 5_000;
/** Workers have 110 s to finish. */
const LIMIT_MS = 10 * 60_000;

type Wait = (ms: number) => Promise<unknown>;

/** Ends every job in the cluster's job queues, and waits until no machine works on one. @returns how many were ended */
export async function endJobs(
  cluster: Cluster,
  { wait = delay }: { readonly wait?: Wait | undefined } = {},
): Promise<number> {
  const { batch } = cluster.clients;
  const queues = await jobQueuesOf(cluster);
  const ended = new Set<string>();
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const open = (await Promise.all(queues.map((queue) => unfinished(batch, queue)))).flat();
    if (open.length === 0) return ended.size;
    for (const jobId of open.filter((id) => !ended.has(id))) {
      // CancelJob leaves running jobs alone although it reports success.
      await batch.send(new TerminateJobCommand({ jobId, reason: "the cluster is taken down" }));
      ended.add(jobId);
    }
    if (waitedMs >= LIMIT_MS) {
      throw new MillraceError(
        "unavailable",
        `Cannot take the cluster down: ${open.length} jobs of AWS Batch do not end; run the same command again`,
      );
    }
    await wait(POLL_MS);
  }
}

/** Names of the existing job queues, found by the cluster's name; it is fine if some are already gone. */
async function jobQueuesOf({ clients, config, names }: Cluster): Promise<readonly string[]> {
  const kinds = ["cpu", ...config.compute.gpus.map(({ family }) => family)];
  const wanted = kinds.flatMap((kind) => [`${names.cluster}-${kind}`, `${names.cluster}-${kind}-spot`]);
  const { jobQueues = [] } = await clients.batch.send(new DescribeJobQueuesCommand({ jobQueues: wanted }));
  return jobQueues.map(({ jobQueueName }) => jobQueueName as string);
}

async function unfinished(batch: BatchClient, jobQueue: string): Promise<readonly string[]> {
  const found: string[] = [];
  // Without a status, only running jobs are listed.
  for (const jobStatus of UNFINISHED) {
    for await (const { jobSummaryList = [] } of paginateListJobs(
      { client: batch },
      { jobQueue, jobStatus },
    )) {
      found.push(...jobSummaryList.map(({ jobId }) => jobId as string));
    }
  }
  return found;
}

/** A job's queue: the cluster's name, and a ULID. `prod` must not match the queues of `prod-job-x`. */
function jobQueuePattern(cluster: string): RegExp {
  return new RegExp(`/${cluster}-job-[0-9A-HJKMNP-TV-Z]{26}$`);
}

/** Deletes the queues that jobs left behind. @returns how many */
export async function deleteRunTimeQueues({ clients, names }: Cluster): Promise<number> {
  const pattern = jobQueuePattern(names.cluster);
  const urls: string[] = [];
  const pages = paginateListQueues(
    { client: clients.sqs, pageSize: 1_000 },
    { QueueNamePrefix: `${names.cluster}-job-` },
  );
  for await (const { QueueUrls = [] } of pages) urls.push(...QueueUrls.filter((url) => pattern.test(url)));
  for (const QueueUrl of urls) {
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl })).catch((error: unknown) => {
      if (!/QueueDoesNotExist|NonExistentQueue/.test(errorName(error))) throw error;
    });
  }
  return urls.length;
}

/** Deregisters the job definitions of the cluster's APIs, identified by their tag. @returns how many */
export async function deregisterDefinitions({ clients, names }: Cluster): Promise<number> {
  const arns: string[] = [];
  const pages = paginateDescribeJobDefinitions({ client: clients.batch }, { status: "ACTIVE" });
  for await (const { jobDefinitions = [] } of pages) {
    const own = jobDefinitions.filter(({ tags, containerProperties }) => {
      const variable = containerProperties?.environment?.find(({ name }) => name === "MILLRACE_AWS_CLUSTER");
      return (tags?.["millrace:cluster"] ?? variable?.value) === names.cluster;
    });
    arns.push(...own.map(({ jobDefinitionArn }) => jobDefinitionArn as string));
  }
  for (const jobDefinition of arns)
    await clients.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition }));
  return arns.length;
}
