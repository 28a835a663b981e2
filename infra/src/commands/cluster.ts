import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Environment, MillraceError } from "@millrace/core";
import type { ClusterConfig } from "../config/cluster-schema.ts";
import { parseCluster } from "../config/parse-cluster.ts";
import { type ClusterNames, clusterNames } from "../names.ts";
import { stateBucketName } from "../settings.ts";
import { type AwsClients, awsClients, errorName } from "./aws-clients.ts";

/** A cluster as the commands see it: its configuration, and its account. */
export interface Cluster {
  readonly config: ClusterConfig;
  readonly names: ClusterNames;
  readonly account: string;
  readonly stateBucket: string;
  readonly file: string;
  readonly clients: AwsClients;
}

export interface OpenOptions {
  /** Path of `cluster.yaml`, relative to the user's working directory. @default the repository's own */
  readonly file: string | undefined;
  readonly cwd: string;
  readonly environment: Environment;
}

/** Path of `cluster.yaml`. */
function clusterFile({ file, cwd, environment }: OpenOptions): string {
  const named = file ?? environment.MILLRACE_CLUSTER_FILE;
  if (named === undefined) return resolve(import.meta.dirname, "../../cluster.yaml");
  return resolve(environment.INIT_CWD ?? cwd, named);
}

/**
 * Reads `cluster.yaml`, and asks AWS for the caller's identity.
 *
 * @throws {MillraceError} invalid_config for an invalid file, backend_misconfigured without credentials or for another
 * account
 */
export async function openCluster(options: OpenOptions): Promise<Cluster> {
  const file = clusterFile(options);
  const config = parseCluster(readCluster(file), { file: relative(options.cwd, file) });
  const { environment } = options;
  const clients = awsClients(config.region, (service) => {
    return environment[`MILLRACE_AWS_ENDPOINT_${service.toUpperCase()}`] ?? environment.MILLRACE_AWS_ENDPOINT;
  });
  const account = await accountOf(clients);
  if (config.account !== undefined && config.account !== account) {
    throw new MillraceError(
      "backend_misconfigured",
      `Cannot use account ${account}: ${relative(options.cwd, file)} is for ${config.account}; use other credentials (AWS_PROFILE), or correct account`,
    );
  }
  return {
    config,
    names: clusterNames(config, account),
    account,
    stateBucket: stateBucketName(config, account),
    file,
    clients,
  };
}

function readCluster(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new MillraceError(
      "invalid_config",
      `Cannot read the cluster's description "${file}": ${(cause as NodeJS.ErrnoException).code}; name it with --file or MILLRACE_CLUSTER_FILE`,
      { cause },
    );
  }
}

async function accountOf({ sts }: AwsClients): Promise<string> {
  try {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    return Account as string;
  } catch (cause) {
    throw new MillraceError(
      "backend_misconfigured",
      `Cannot find out whose credentials these are (${errorName(cause)}: ${(cause as Error).message}); sign in, for example with: aws sso login, and set AWS_PROFILE to the profile`,
      { cause },
    );
  }
}
