import { writeFile } from "node:fs/promises";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Environment } from "@millrace/core";
import type { Cluster } from "./cluster.ts";
import type { Outputs } from "./outputs.ts";

/**
 * Writes the cluster's address and token to the file in `MILLRACE_CLUSTER_RESULT`, if set; the token goes nowhere else.
 */
export async function writeUp(
  { clients, names }: Cluster,
  options: { readonly outputs: Outputs; readonly environment: Environment },
): Promise<void> {
  const path = options.environment.MILLRACE_CLUSTER_RESULT;
  if (path === undefined) return;
  const { SecretString: token } = await clients.secrets.send(
    new GetSecretValueCommand({ SecretId: names.tokenSecret }),
  );
  const result = { cluster: names.cluster, url: options.outputs.url, token };
  await writeFile(path, JSON.stringify(result), { mode: 0o600 });
}

export async function writeRemoved({ names }: Cluster, environment: Environment): Promise<void> {
  const path = environment.MILLRACE_CLUSTER_RESULT;
  if (path === undefined) return;
  await writeFile(path, JSON.stringify({ cluster: names.cluster, removed: true }), { mode: 0o600 });
}
