import { paginateListServiceQuotas } from "@aws-sdk/client-service-quotas";
import { CPU_SMALLEST_VCPUS, GPU_FAMILIES } from "../../config/gpu-families.ts";
import type { Cluster } from "../cluster.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

/**
 * Names of EC2's quotas, in vCPUs.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
 */
const QUOTAS = {
  cpu: {
    onDemand: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    spot: "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
  },
  g: { onDemand: "Running On-Demand G and VT instances", spot: "All G and VT Spot Instance Requests" },
  p: { onDemand: "Running On-Demand P instances", spot: "All P4, P3 and P2 Spot Instance Requests" },
} as const;
const P5_SPOT = "All P5 Spot Instance Requests";

/** vCPUs of one quota that the cluster may need. */
interface Need {
  readonly quota: string;
  readonly families: string[];
  vcpus: number;
  /** vCPUs of the smallest instance. */
  least: number;
}

/** Checks that the account may start as many machines as the configuration allows. */
export async function checkQuotas({ clients, config }: Cluster): Promise<readonly Finding[]> {
  const quotas = new Map<string, number>();
  const pages = paginateListServiceQuotas({ client: clients.quotas }, { ServiceCode: "ec2" });
  for await (const { Quotas = [] } of pages) {
    for (const { QuotaName, Value } of Quotas) {
      if (QuotaName !== undefined && Value !== undefined) quotas.set(QuotaName, Value);
    }
  }
  return needs(config).map(({ quota, families, vcpus, least }) => {
    const allowed = quotas.get(quota);
    const who = families.join(", ");
    const ask = `ask for more under Service Quotas, Amazon EC2, "${quota}"`;
    if (allowed === undefined)
      return warning(`the quota "${quota}" is not known here`, "look under Service Quotas, Amazon EC2");
    if (allowed < least)
      return failed(`${who}: the account may run ${allowed} vCPUs, an instance has ${least}`, ask);
    if (allowed < vcpus)
      return warning(`${who}: the account may run ${allowed} vCPUs of the ${vcpus} configured`, ask);
    return ok(`${who}: ${vcpus} vCPUs of ${allowed} (${quota})`);
  });
}

function needs({ compute }: Cluster["config"]): readonly Need[] {
  const found = new Map<string, Need>();
  const add = (
    quota: string,
    need: { readonly family: string; readonly vcpus: number; readonly least: number },
  ) => {
    const known = found.get(quota) ?? { quota, families: [], vcpus: 0, least: need.least };
    known.families.push(need.family);
    known.vcpus += need.vcpus;
    known.least = Math.min(known.least, need.least);
    found.set(quota, known);
  };
  const cpu = { family: "machines without GPUs", vcpus: compute.max_vcpus, least: CPU_SMALLEST_VCPUS };
  add(QUOTAS.cpu.onDemand, cpu);
  if (compute.spot) add(QUOTAS.cpu.spot, cpu);
  for (const { family, max_vcpus: vcpus, spot } of compute.gpus) {
    const known = GPU_FAMILIES[family];
    if (known === undefined) continue;
    const need = { family, vcpus, least: known.smallestVcpus };
    add(QUOTAS[known.quota].onDemand, need);
    if (spot) add(family.startsWith("p5") ? P5_SPOT : QUOTAS[known.quota].spot, need);
  }
  return [...found.values()];
}
