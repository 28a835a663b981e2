import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Environment, MillraceError } from "@millrace/core";
import { runProcess } from "@millrace/process-tree";
import type { DataMode, Image } from "../settings.ts";
import type { Cluster } from "./cluster.ts";

const INFRA = fileURLToPath(new URL("../..", import.meta.url));
const CDKTN = fileURLToPath(new URL("../../node_modules/.bin/cdktn", import.meta.url));
/** A queue releases a compute environment, or settles after a change, within about a minute. */
const RACE_WAIT_MS = 60_000;
const RACE_TRIES = 5;

/** Temporary errors: AWS Batch is still applying the last change to the same queue. */
const RACE = /existing JobQueue relationship|resource is being modified|is being modified by/i;

/** How `cdktn` is run. */
export interface Runner {
  readonly environment: Environment;
  readonly log: (line: string) => void;
  /** @default the installed one */
  readonly program?: readonly [string, ...string[]];
  /** @default a timer */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** The account facts that synthesis needs, as environment variables. */
export function synthEnvironment(
  { account, stateBucket, file }: Cluster,
  settings: {
    readonly images?: Readonly<Record<Image, string>> | undefined;
    readonly data?: DataMode | undefined;
    readonly trial?: boolean | undefined;
  },
): Record<string, string> {
  return {
    MILLRACE_AWS_ACCOUNT: account,
    MILLRACE_STATE_BUCKET: stateBucket,
    MILLRACE_CLUSTER_FILE: file,
    ...(settings.images && { MILLRACE_IMAGES: JSON.stringify(settings.images) }),
    ...(settings.data && { MILLRACE_DATA: settings.data }),
    ...(settings.trial && { MILLRACE_STATE: "local-trial" }),
  };
}

/**
 * Runs `cdktn` with visible output, and retries after a temporary error.
 *
 * @throws {MillraceError} internal when it fails
 */
export async function runCdktf(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  runner: Runner,
): Promise<void> {
  const { log, wait = delay } = runner;
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await run(args, variables, runner);
    if (code === 0) return;
    if (!RACE.test(output) || attempt >= RACE_TRIES) {
      throw new MillraceError(
        "internal",
        `Cannot ${args[0]} the cluster: cdktf ended with ${code}, see above; run the same command again to continue`,
      );
    }
    log(
      `AWS Batch has not finished an earlier change: trying again in ${RACE_WAIT_MS / 1_000} s (${attempt} of ${RACE_TRIES - 1})`,
    );
    await wait(RACE_WAIT_MS);
  }
}

async function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  { environment, program = [CDKTN] }: Runner,
): Promise<{ readonly code: number; readonly output: string }> {
  const { code, stdout, stderr } = await runProcess([...program, ...args], {
    cwd: INFRA,
    env: { ...environment, CHECKPOINT_DISABLE: "1", ...variables },
    isInteractive: true,
    onOutput: (text, stream) => process[stream].write(text),
  });
  return { code: code ?? 1, output: stdout + stderr };
}
