import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import type { Environment } from "@millrace/core";
import type { Cluster } from "../cluster.ts";
import { readState } from "../outputs.ts";
import { pushedImages } from "../pushed-images.ts";
import { checkCertificate } from "./check-certificate.ts";
import { checkNames } from "./check-names.ts";
import { checkQuotas } from "./check-quotas.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";
import { idleCost } from "./idle-cost.ts";

const LEAST_TERRAFORM = [1, 11] as const;
/** docs/reference/aws-backend.md explains the calculation. */
const USD_PER_MILLION_BATCHES = 1.5;

export interface PreflightOptions {
  readonly trial: boolean;
  readonly adopt: boolean;
  readonly environment: Environment;
  readonly log: (line: string) => void;
  /** @default Date.now() */
  readonly nowMs?: number;
}

/**
 * Checks for everything that would make a deploy or the first job fail, and prints what the cluster costs. @returns
 * whether all checks passed
 */
export async function preflight(cluster: Cluster, options: PreflightOptions): Promise<boolean> {
  const { config } = cluster;
  const { log, nowMs = Date.now() } = options;
  log(`cluster "${config.name}" in ${config.region}, account ${cluster.account}`);
  const checks: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ["terraform", () => checkTerraform(options.environment)],
    [
      "names",
      async () => checkNames(cluster, { state: await readState(cluster, options), adopt: options.adopt }),
    ],
    ["certificate", () => checkCertificate(cluster, nowMs)],
    ["network", () => checkSubnets(cluster)],
    ["quotas", () => checkQuotas(cluster)],
    ["families", () => checkFamilies(cluster)],
    ["images", () => checkImages(cluster)],
  ];
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    // A check without permission must not stop the others.
    const found = await check().catch((error: Error) => [
      warning(
        `${name}: cannot be checked (${error.name}: ${error.message})`,
        "these credentials may not read it; check by hand",
      ),
    ]);
    for (const finding of found) show(finding, log);
    findings.push(...found);
  }
  showCost(cluster, log);
  return findings.every(({ level }) => level !== "failed");
}

const MARKS = { ok: "  ok      ", warning: "  warning ", failed: "  FAILED  " } as const;

function show({ level, what, hint }: Finding, log: (line: string) => void): void {
  log(`${MARKS[level]}${what}`);
  if (hint !== undefined) log(`          ${hint}`);
}

function showCost({ config }: Cluster, log: (line: string) => void): void {
  const items = idleCost(config);
  const total = items.reduce((sum, { usd }) => sum + usd, 0);
  log(`about $${total.toFixed(0)} a month without jobs, at list prices of us-east-1:`);
  for (const { what, usd } of items) log(`  ${usd.toFixed(2).padStart(8)}  ${what}`);
  log(
    `and about $${USD_PER_MILLION_BATCHES} for a million batches, the machines while jobs run, and what is stored`,
  );
}

async function checkTerraform(environment: Environment): Promise<readonly Finding[]> {
  const hint = "install it from https://developer.hashicorp.com/terraform/install";
  try {
    const env = { ...environment, CHECKPOINT_DISABLE: "1" };
    const { stdout } = await promisify(execFile)("terraform", ["version", "-json"], { env });
    const { terraform_version: version } = JSON.parse(stdout) as { readonly terraform_version: string };
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const isEnough =
      major > LEAST_TERRAFORM[0] || (major === LEAST_TERRAFORM[0] && minor >= LEAST_TERRAFORM[1]);
    return [
      isEnough
        ? ok(`terraform ${version}`)
        : failed(`terraform ${version} is too old, expected ${LEAST_TERRAFORM.join(".")} or newer`, hint),
    ];
  } catch {
    return [failed("terraform is not installed", hint)];
  }
}

async function checkSubnets({ clients, config }: Cluster): Promise<readonly Finding[]> {
  const { existing } = config.network;
  if (existing === undefined) return [];
  const ids = [
    ...new Set([...existing.worker_subnets, ...existing.service_subnets, ...existing.public_subnets]),
  ];
  const { Subnets = [] } = await clients.ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [existing.vpc_id] }] }),
  );
  const zones = new Map(Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
  const missing = ids.filter((id) => !zones.has(id));
  if (missing.length > 0) {
    return [failed(`${existing.vpc_id} has no ${missing.join(", ")}`, "correct network.existing")];
  }
  return (
    [
      ["service_subnets", existing.service_subnets],
      ["public_subnets", existing.public_subnets],
    ] as const
  )
    .filter(([, subnets]) => subnets.length > 0)
    .map(([field, subnets]) => {
      const found = new Set(subnets.map((id) => zones.get(id)));
      return found.size >= 2
        ? ok(`${field} are in ${[...found].join(", ")}`)
        : failed(`${field} are in one zone`, "a load balancer needs subnets of two zones");
    });
}

/** Availability zones in which machines are started. */
async function zonesOf({ clients, config }: Cluster): Promise<readonly string[]> {
  const { existing, zones } = config.network;
  if (existing !== undefined) {
    const { Subnets = [] } = await clients.ec2.send(
      new DescribeSubnetsCommand({ SubnetIds: existing.worker_subnets }),
    );
    return [...new Set(Subnets.map(({ AvailabilityZone = "" }) => AvailabilityZone))];
  }
  const Filters = [
    { Name: "state", Values: ["available"] },
    { Name: "opt-in-status", Values: ["opt-in-not-required"] },
  ];
  const { AvailabilityZones = [] } = await clients.ec2.send(
    new DescribeAvailabilityZonesCommand({ Filters }),
  );
  return AvailabilityZones.map(({ ZoneName = "" }) => ZoneName)
    .sort()
    .slice(0, zones);
}

async function checkFamilies(cluster: Cluster): Promise<readonly Finding[]> {
  const { clients, config } = cluster;
  const own = await zonesOf(cluster);
  const families = [...config.compute.families, ...config.compute.gpus.map(({ family }) => family)];
  return Promise.all(
    families.map(async (family) => {
      const { InstanceTypeOfferings = [] } = await clients.ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: [`${family}.*`] }],
        }),
      );
      const offered = new Set(InstanceTypeOfferings.map(({ Location }) => Location));
      const zones = own.filter((zone) => offered.has(zone));
      return zones.length > 0
        ? ok(`${family} is offered in ${zones.join(", ")}`)
        : failed(
            `${family} is not offered in ${own.join(", ") || config.region}`,
            "take it out of compute.families or compute.gpus, or choose another region",
          );
    }),
  );
}

async function checkImages(cluster: Cluster): Promise<readonly Finding[]> {
  const images = await pushedImages(cluster, undefined);
  if (images !== undefined) return [ok("images are pushed")];
  return [
    warning(
      "images are not pushed yet",
      "cluster up makes their repositories first, then builds and pushes them; without docker here, docs/how-to/deploy-to-aws.md says how",
    ),
  ];
}
