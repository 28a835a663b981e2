import type { ClusterConfig } from "../../config/cluster-schema.ts";
import { INTERFACE_ENDPOINTS } from "../../constructs/vpc-endpoints.ts";

const HOURS = 730;
/**
 * List prices of us-east-1 in USD, as of November 2026; other regions cost some 10 to 25 % more.
 * https://aws.amazon.com/fargate/pricing https://aws.amazon.com/elasticloadbalancing/pricing
 * https://aws.amazon.com/vpc/pricing https://aws.amazon.com/privatelink/pricing
 * https://aws.amazon.com/secrets-manager/pricing https://aws.amazon.com/cloudwatch/pricing
 */
const USD = {
  fargateVcpuHour: 0.04048,
  fargateGibHour: 0.004445,
  balancerHour: 0.0225,
  addressHour: 0.005,
  natHour: 0.045,
  endpointHour: 0.01,
  secretMonth: 0.4,
  alarmMonth: 0.1,
} as const;
const ALARMS = 5;

export interface CostItem {
  readonly what: string;
  readonly usd: number;
}

/** The monthly cost of a cluster without jobs, by part; storage and requests are extra. */
export function idleCost({ network, service }: ClusterConfig): readonly CostItem[] {
  const { mode, zones, existing } = network;
  const fargate =
    (service.cpu / 1_024) * USD.fargateVcpuHour + (service.memory_mib / 1_024) * USD.fargateGibHour;
  const own = existing === undefined;
  const nats = own && mode === "nat" ? 1 : 0;
  const endpoints = own && mode === "endpoints" ? INTERFACE_ENDPOINTS.length * zones : 0;
  const balancerAddresses = service.access === "public" ? zones : 0;
  const addresses = (mode === "public" ? 1 : 0) + balancerAddresses + nats;
  const items = [
    {
      what: `control service (${service.cpu / 1_024} vCPU, ${service.memory_mib / 1_024} GiB)`,
      usd: fargate * HOURS,
    },
    { what: "load balancer", usd: USD.balancerHour * HOURS },
    { what: `public IPv4 addresses (${addresses})`, usd: addresses * USD.addressHour * HOURS },
    { what: "NAT gateway", usd: nats * USD.natHour * HOURS },
    { what: `interface endpoints (${endpoints})`, usd: endpoints * USD.endpointHour * HOURS },
    { what: "secret and alarms", usd: USD.secretMonth + ALARMS * USD.alarmMonth },
  ];
  return items.filter(({ usd }) => usd > 0);
}
