import {
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  paginateListJobs,
} from "@aws-sdk/client-batch";
import { type Environment, MillraceError } from "@millrace/core";
import type { Cluster } from "./cluster.ts";
import { outputsOf, readState } from "./outputs.ts";
import { writeUp } from "./result-file.ts";
import { controlService } from "./service-state.ts";

export interface InfoOptions {
  readonly json: boolean;
  readonly save: boolean;
  readonly trial: boolean;
  readonly environment: Environment;
  readonly print: (line: string) => void;
}

/** Shows the cluster's address and state; changes nothing. */
export async function info(cluster: Cluster, options: InfoOptions): Promise<number> {
  const outputs = outputsOf(await readState(cluster, options));
  if (outputs === undefined) {
    throw new MillraceError(
      "backend_misconfigured",
      `Cannot find cluster "${cluster.names.cluster}" in the state of bucket ${cluster.stateBucket}: bring it up with: millrace cluster up`,
    );
  }
  const queues = JSON.parse(outputs.job_queues ?? "{}") as Record<string, string>;
  const [service, machines, waiting] = await Promise.all([
    controlService(cluster),
    machinesOf(cluster, Object.values(queues)),
    runnableJobs(cluster, Object.values(queues)),
  ]);
  if (options.save) await writeUp(cluster, { outputs, environment: options.environment });
  const view = {
    ...outputs,
    service: { running: service?.runningCount ?? 0, desired: service?.desiredCount ?? 0 },
    machines,
    runnable_jobs: waiting,
  };
  if (options.json) {
    options.print(JSON.stringify(view, undefined, 2));
    return 0;
  }
  options.print(`cluster   ${outputs.cluster} in ${outputs.region}, account ${outputs.account}`);
  options.print(`address   ${outputs.url}`);
  options.print(`balancer  ${outputs.load_balancer_dns}`);
  options.print(`service   ${view.service.running} of ${view.service.desired} running`);
  for (const { name, status, vcpus, max_vcpus, reason } of machines) {
    options.print(
      `machines  ${name}: ${vcpus} of ${max_vcpus} vCPUs, ${status}${reason ? ` (${reason})` : ""}`,
    );
  }
  options.print(`waiting   ${waiting} jobs of AWS Batch wait for machines`);
  return 0;
}

async function machinesOf({ clients, names }: Cluster, queues: readonly string[]) {
  if (queues.length === 0) return [];
  const { jobQueues = [] } = await clients.batch.send(
    new DescribeJobQueuesCommand({ jobQueues: [...queues] }),
  );
  const arns = jobQueues.flatMap(({ computeEnvironmentOrder = [] }) =>
    computeEnvironmentOrder.map(({ computeEnvironment }) => computeEnvironment),
  );
  const computeEnvironments = [...new Set(arns)].filter((arn) => arn !== undefined);
  if (computeEnvironments.length === 0) return [];
  const found = await clients.batch.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments }));
  return (found.computeEnvironments ?? []).map(
    ({ computeEnvironmentName = "", status, statusReason, computeResources }) => ({
      name: computeEnvironmentName.replace(`${names.cluster}-`, "").replace(/-\d{20,}\w*$/, ""),
      status: status ?? "UNKNOWN",
      vcpus: computeResources?.desiredvCpus ?? 0,
      max_vcpus: computeResources?.maxvCpus ?? 0,
      reason: status === "INVALID" ? (statusReason ?? null) : null,
    }),
  );
}

async function runnableJobs({ clients }: Cluster, queues: readonly string[]): Promise<number> {
  let count = 0;
  for (const jobQueue of queues) {
    const pages = paginateListJobs({ client: clients.batch }, { jobQueue, jobStatus: "RUNNABLE" });
    for await (const { jobSummaryList = [] } of pages) count += jobSummaryList.length;
  }
  return count;
}
