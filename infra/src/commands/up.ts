import { MillraceError } from "@millrace/core";
import type { Cluster } from "./cluster.ts";
import { type Outputs, outputsOf, readState } from "./outputs.ts";
import { preflight } from "./preflight/preflight.ts";
import { pushImages } from "./push-images.ts";
import { pushedImages } from "./pushed-images.ts";
import { writeUp } from "./result-file.ts";
import { type Runner, runCdktf, synthEnvironment } from "./run-cdktf.ts";
import { untilStable } from "./service-state.ts";
import { ensureStateBucket } from "./state-bucket.ts";

export interface UpOptions {
  readonly yes: boolean;
  readonly trial: boolean;
  readonly adopt: boolean;
  readonly skipPreflight: boolean;
  readonly imageTag: string | undefined;
}

/** sysexits.h: EX_TEMPFAIL, the user must do something before it can continue. */
const EXIT_GO_ON_LATER = 75;

/**
 * Creates the cluster, or updates it to match `cluster.yaml`. It can be run again after any failure: finished steps are
 * recognised as done.
 *
 * @returns the exit code
 */
export async function up(cluster: Cluster, options: UpOptions, runner: Runner): Promise<number> {
  const { log, environment, wait } = runner;
  if (!options.skipPreflight && !(await preflight(cluster, { ...options, environment, log }))) {
    throw new MillraceError(
      "backend_misconfigured",
      "Cannot bring the cluster up: see what FAILED above, or pass --skip-preflight",
    );
  }
  if (options.trial)
    log("the state is in a local file: without that file the cluster cannot be changed or removed");
  else if (await ensureStateBucket(cluster))
    log(`created bucket ${cluster.stateBucket} for Terraform's state`);
  const deploy = async (images: Awaited<ReturnType<typeof pushedImages>>) => {
    const { adopt, trial } = options;
    const variables = synthEnvironment(cluster, { images, trial, ...(adopt && { data: "adopt" as const }) });
    await runCdktf(["deploy", "cluster", ...(options.yes ? ["--auto-approve"] : [])], variables, runner);
  };
  let images = await pushedImages(cluster, options.imageTag);
  if (images === undefined) {
    log("first round: everything but the service, because the repositories for its images do not exist yet");
    await deploy(undefined);
    if (!(await pushImages(cluster, runner))) return EXIT_GO_ON_LATER;
    images = await pushedImages(cluster, options.imageTag);
    if (images === undefined)
      throw new MillraceError(
        "unavailable",
        "Cannot find the pushed images in ECR; run the same command again",
      );
  }
  await deploy(images);
  log("waiting for the control service");
  const outputs = outputsOf(await readState(cluster, options));
  await untilStable(cluster, { taskDefinition: outputs?.task_definition, wait });
  if (outputs === undefined)
    throw new MillraceError("internal", "Cannot read the cluster's outputs: its state has none");
  await writeUp(cluster, { outputs, environment });
  sayNext(cluster, outputs, log);
  return 0;
}

function sayNext({ config, names }: Cluster, outputs: Outputs, log: (line: string) => void): void {
  const { domain, access } = config.service;
  log(`cluster "${names.cluster}" is up at ${outputs.url}`);
  if (domain !== undefined)
    log(`point ${domain} at ${outputs.load_balancer_dns} (CNAME, or an alias record)`);
  if (access === "internal")
    log(
      "it can be reached only from inside the VPC; docs/how-to/deploy-to-aws.md says how to reach it from elsewhere",
    );
  log(`next: millrace deploy <project> --env ${names.cluster}`);
}
