import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { errorName, httpStatus } from "./aws-clients.ts";
import type { Cluster } from "./cluster.ts";

/** The stack's outputs. */
export type Outputs = Readonly<Record<string, string>>;

/** The parts of Terraform's state that the commands read. */
interface State {
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly resources?: readonly { readonly type: string; readonly name: string; readonly mode: string }[];
}

const LOCAL_STATE = fileURLToPath(new URL("../../terraform.cluster.tfstate", import.meta.url));

/** The state in the bucket, or in a local file for a trial; undefined before the first deploy. */
export async function readState(
  { clients, stateBucket, account, names }: Cluster,
  options: { readonly trial: boolean },
): Promise<State | undefined> {
  if (options.trial) {
    const text = await readFile(LOCAL_STATE, "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as State);
  }
  try {
    const input = { Bucket: stateBucket, Key: names.stateKey, ExpectedBucketOwner: account };
    const { Body } = await clients.s3.send(new GetObjectCommand(input));
    return JSON.parse((await Body?.transformToString()) ?? "{}") as State;
  } catch (error) {
    if (httpStatus(error) === 404 || /NoSuch/.test(errorName(error))) return undefined;
    throw error;
  }
}

export function outputsOf(state: State | undefined): Outputs | undefined {
  const entries = Object.entries(state?.outputs ?? {});
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.map(([name, { value }]) => [name, value]));
}

/** True if Terraform has a resource with that address. */
export function isInState(state: State | undefined, address: string): boolean {
  return (state?.resources ?? []).some(
    ({ mode, type, name }) => mode === "managed" && `${type}.${name}` === address,
  );
}
