import { createInterface } from "node:readline/promises";
import { MillraceError } from "@millrace/core";
import { KEPT_DATA } from "../kept-data.ts";
import type { Cluster } from "./cluster.ts";
import { deleteRunTimeQueues, deregisterDefinitions, endJobs } from "./leftovers.ts";
import { isInState, readState } from "./outputs.ts";
import { writeRemoved } from "./result-file.ts";
import { type Runner, runCdktf, synthEnvironment } from "./run-cdktf.ts";
import { scaleToZero } from "./service-state.ts";

export interface DownOptions {
  readonly confirm: string | undefined;
  readonly deleteData: boolean;
  readonly trial: boolean;
}

/**
 * Takes the cluster down: first its jobs, then what they left behind, then everything that Terraform knows. It can be
 * run again after any failure. Data is kept unless it is to be deleted.
 */
export async function down(cluster: Cluster, options: DownOptions, runner: Runner): Promise<number> {
  const { log, environment, wait } = runner;
  const { names } = cluster;
  await confirm(cluster, options, log);
  // Before ending the jobs, as the service would restart their workers.
  await scaleToZero(cluster, { wait });
  log(`ended ${await endJobs(cluster, { wait })} jobs of AWS Batch`);
  log(`deleted ${await deleteRunTimeQueues(cluster)} queues of jobs`);
  log(`removed ${await deregisterDefinitions(cluster)} job definitions`);
  const state = await readState(cluster, options);
  if ((state?.resources ?? []).every(({ mode }) => mode !== "managed")) {
    log(`Terraform has no record of cluster "${names.cluster}"`);
    if (options.deleteData)
      log(
        "to delete data that an earlier down kept: millrace cluster up --adopt-data, then millrace cluster down --delete-data",
      );
    await writeRemoved(cluster, environment);
    return 0;
  }
  if (options.deleteData) {
    const variables = synthEnvironment(cluster, { data: "unprotect", trial: options.trial });
    // The protection of the data is itself part of the stack and is removed first. Without named images, this removes
    // the service too. Skipped if an earlier run already started the destruction, which this would undo.
    if (KEPT_DATA.every((address) => isInState(state, address))) {
      await runCdktf(["deploy", "cluster", "--auto-approve"], variables, runner);
    }
    await runCdktf(["destroy", "cluster", "--auto-approve"], variables, runner);
  } else {
    // A stack that names only what Terraform is to forget; everything else is destroyed.
    const variables = synthEnvironment(cluster, { data: "release", trial: options.trial });
    await runCdktf(["deploy", "cluster", "--auto-approve"], variables, runner);
  }
  await writeRemoved(cluster, environment);
  sayWhatIsLeft(cluster, options, log);
  return 0;
}

function sayWhatIsLeft(
  { names, stateBucket }: Cluster,
  { deleteData, trial }: DownOptions,
  log: (line: string) => void,
): void {
  log(`cluster "${names.cluster}" is down`);
  if (!trial) log(`left: bucket ${stateBucket} with Terraform's state (cents a year)`);
  if (deleteData) return;
  const images = Object.values(names.repositories).join(", ");
  log(
    `left: bucket ${names.bucket}, table ${names.table} and repositories ${images}; you pay for what they store`,
  );
  log(
    "bring them back with: millrace cluster up --adopt-data; then delete them, if you want, with: millrace cluster down --delete-data",
  );
}

async function confirm(
  { names, account, config }: Cluster,
  options: DownOptions,
  log: (line: string) => void,
): Promise<void> {
  log(
    `cluster "${names.cluster}" in ${config.region}, account ${account}: all jobs end, and everything is removed`,
  );
  if (options.deleteData)
    log(
      `WITH ITS DATA: every project, result and job record in bucket ${names.bucket} and table ${names.table}`,
    );
  let given = options.confirm;
  if (given === undefined && process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    given = (await terminal.question("type the cluster's name to continue: ")).trim();
    terminal.close();
  }
  if (given === names.cluster) return;
  const way =
    given === undefined ? `pass --confirm ${names.cluster}` : `"${given}" is not the cluster's name`;
  throw new MillraceError(
    "invalid_config",
    `Cannot take cluster "${names.cluster}" down: ${way}; nothing was changed`,
  );
}
