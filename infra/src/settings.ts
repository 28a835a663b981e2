import { type Environment, readVariable } from "@millrace/core";
import type { ClusterConfig } from "./config/cluster-schema.ts";

/** What happens to the bucket, the table and the image repositories. */
const DATA_MODES = ["protect", "unprotect", "adopt", "release"] as const;
/**
 * `protect`: they cannot be destroyed; `unprotect`: they can; `adopt`: an earlier cluster's are taken over; `release`:
 * everything else is destroyed, and they are left unchanged.
 */
export type DataMode = (typeof DATA_MODES)[number];

/** Container images that a cluster needs. */
export const IMAGES = ["control", "worker-cpu", "worker-gpu"] as const;
export type Image = (typeof IMAGES)[number];

/** What the stack depends on besides `cluster.yaml`: the current facts of the account. */
export interface SynthSettings {
  /** `MILLRACE_AWS_ACCOUNT`, else the configuration's. */
  readonly account: string | undefined;
  /** `MILLRACE_STATE_BUCKET`, else the configuration's, else `millrace-state-<account>-<region>`. */
  readonly stateBucket: string | undefined;
  /** `MILLRACE_STATE`: `local-trial` keeps Terraform's state in a local file. @default remote */
  readonly localState: boolean;
  /** `MILLRACE_IMAGES`: JSON, the images by digest; without it, the service is not started yet. */
  readonly images: Readonly<Record<Image, string>> | undefined;
  /** `MILLRACE_DATA`. @default protect, or unprotect if `protect_data` is false */
  readonly data: DataMode;
}

/** Reads the settings. @throws {MillraceError} invalid_config naming the variable */
export function parseSettings(environment: Environment, config: ClusterConfig): SynthSettings {
  const text = (name: string) =>
    readVariable(environment, name, { parse: (value) => value, expected: "a text", fallback: undefined });
  const account = readVariable(environment, "MILLRACE_AWS_ACCOUNT", {
    parse: (value) => (value === (config.account ?? value) ? value : undefined),
    expected: `${config.account}, the account of the configuration`,
    fallback: config.account,
  });
  const usual: DataMode = config.protect_data ? "protect" : "unprotect";
  return Object.freeze({
    account,
    stateBucket:
      text("MILLRACE_STATE_BUCKET") ??
      (account === undefined ? config.state?.bucket : stateBucketName(config, account)),
    localState: readVariable(environment, "MILLRACE_STATE", STATE) === "local-trial",
    images: readVariable(environment, "MILLRACE_IMAGES", IMAGES_BY_DIGEST),
    data: readVariable(environment, "MILLRACE_DATA", {
      parse: (value) => DATA_MODES.find((mode) => mode === value),
      expected: `one of ${DATA_MODES.join(", ")}`,
      fallback: usual,
    }),
  });
}

const STATE = {
  parse: (value: string) => ["remote", "local-trial"].find((state) => state === value),
  expected: "remote or local-trial",
  fallback: "remote",
};

const IMAGES_BY_DIGEST = {
  parse: (value: string): Readonly<Record<Image, string>> | undefined => {
    const images = JSON.parse(value) as Readonly<Record<string, unknown>> | null;
    const isComplete = IMAGES.every((name) => /^\S+@sha256:[0-9a-f]{64}$/.test(String(images?.[name])));
    return isComplete ? (images as Readonly<Record<Image, string>>) : undefined;
  },
  expected: `a JSON object of ${IMAGES.join(", ")}, each by its digest: …@sha256:…`,
  fallback: undefined,
};

/** Default name of the bucket for Terraform's state. */
export function stateBucketName(
  { state, region }: Pick<ClusterConfig, "state" | "region">,
  account: string,
): string {
  return state?.bucket ?? `millrace-state-${account}-${region}`;
}
