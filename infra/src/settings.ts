import { MillraceError } from "@millrace/core";
import type { ClusterConfig } from "./config/cluster-schema.ts";

/** What happens to the bucket, the table and the image repositories. */
export const DATA_MODES = ["protect", "unprotect", "adopt", "release"] as const;
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

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings. @throws {MillraceError} invalid_config naming the variable */
export function parseSettings(environment: Environment, config: ClusterConfig): SynthSettings {
  const text = (name: string) => environment[name]?.trim() || undefined;
  const account = text("MILLRACE_AWS_ACCOUNT") ?? config.account;
  if (config.account !== undefined && account !== config.account) {
    throw invalid(
      "MILLRACE_AWS_ACCOUNT",
      account ?? "",
      `${config.account}, the account of the configuration`,
    );
  }
  const state = text("MILLRACE_STATE") ?? "remote";
  if (state !== "remote" && state !== "local-trial")
    throw invalid("MILLRACE_STATE", state, "remote or local-trial");
  const data = text("MILLRACE_DATA") ?? (config.protect_data ? "protect" : "unprotect");
  if (!DATA_MODES.some((mode) => mode === data))
    throw invalid("MILLRACE_DATA", data, `one of ${DATA_MODES.join(", ")}`);
  return Object.freeze({
    account,
    stateBucket:
      text("MILLRACE_STATE_BUCKET") ??
      (account === undefined ? config.state?.bucket : stateBucketName(config, account)),
    localState: state === "local-trial",
    images: parseImages(text("MILLRACE_IMAGES")),
    data: data as DataMode,
  });
}

/** Default name of the bucket for Terraform's state. */
export function stateBucketName(
  { state, region }: Pick<ClusterConfig, "state" | "region">,
  account: string,
): string {
  return state?.bucket ?? `millrace-state-${account}-${region}`;
}

function parseImages(value: string | undefined): Readonly<Record<Image, string>> | undefined {
  if (value === undefined) return undefined;
  const expected = `a JSON object of ${IMAGES.join(", ")}, each by its digest: …@sha256:…`;
  let images: Readonly<Record<string, unknown>>;
  try {
    images = JSON.parse(value) as Readonly<Record<string, unknown>>;
  } catch {
    throw invalid("MILLRACE_IMAGES", value, expected);
  }
  if (IMAGES.every((name) => /^\S+@sha256:[0-9a-f]{64}$/.test(String(images[name])))) {
    return images as Readonly<Record<Image, string>>;
  }
  throw invalid("MILLRACE_IMAGES", value, expected);
}

function invalid(name: string, value: string, expected: string): MillraceError {
  return new MillraceError("invalid_config", `Cannot use ${name} "${value}": expected ${expected}`, {
    details: { field: name },
  });
}
