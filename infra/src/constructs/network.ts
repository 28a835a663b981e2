import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones/index.js";
import { DataAwsVpc } from "@cdktf/provider-aws/lib/data-aws-vpc/index.js";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group/index.js";
import { Eip } from "@cdktf/provider-aws/lib/eip/index.js";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway/index.js";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway/index.js";
import { Route } from "@cdktf/provider-aws/lib/route/index.js";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table/index.js";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association/index.js";
import { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { type Cidr, formatCidr, parseCidr, subnetOf } from "../config/cidr.ts";
import type { ClusterContext } from "../context.ts";
import { VpcEndpoints } from "./vpc-endpoints.ts";

/** The network that resources are placed in; all ids are references or belong to an existing VPC. */
export interface Placement {
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly workerSubnets: readonly string[];
  readonly serviceSubnets: readonly string[];
  readonly loadBalancerSubnets: readonly string[];
  /** Whether the service needs a public address to reach AWS. */
  readonly servicePublicIp: boolean;
}

/** The subnets of an existing VPC. */
export function existingPlacement(scope: Construct, { config }: ClusterContext): Placement {
  const { existing, mode } = config.network;
  if (existing === undefined) throw new TypeError("Cannot place into an existing VPC: none is configured");
  const vpc = new DataAwsVpc(scope, "vpc", { id: existing.vpc_id });
  const isPublic = config.service.access === "public";
  return {
    vpcId: existing.vpc_id,
    vpcCidr: vpc.cidrBlock,
    workerSubnets: existing.worker_subnets,
    serviceSubnets: existing.service_subnets,
    loadBalancerSubnets: isPublic ? existing.public_subnets : existing.service_subnets,
    servicePublicIp: mode === "public",
  };
}

/** A VPC for the cluster, in one of three modes. */
export class Network extends Construct {
  readonly placement: Placement;
  readonly #name: string;
  readonly #vpc: Vpc;
  readonly #zones: DataAwsAvailabilityZones;

  constructor(scope: Construct, id: string, { config, names }: ClusterContext) {
    super(scope, id);
    const { mode, cidr } = config.network;
    const isPublic = config.service.access === "public";
    this.#name = names.cluster;
    this.#vpc = new Vpc(this, "vpc", {
      cidrBlock: cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: this.#named("vpc"),
    });
    // A VPC's default security group lets its members reach each other. Nothing uses it, so all its rules are removed.
    new DefaultSecurityGroup(this, "default", { vpcId: this.#vpc.id });
    this.#zones = new DataAwsAvailabilityZones(this, "zones", {
      state: "available",
      // Local zones and similar ones lack services.
      filter: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    });
    const plan = subnetPlan(config.network);
    const needsInternet = mode !== "endpoints" || isPublic;
    const open = needsInternet ? this.#publicSubnets(plan.public, mode === "public") : undefined;
    const inner =
      mode === "public"
        ? undefined
        : this.#privateSubnets(plan.private, { nat: mode === "nat" ? open : undefined });
    const workers = inner ?? (open as SubnetGroup);
    const tables = [open, inner].flatMap((group) => (group ? [group.routeTable.id] : []));
    new VpcEndpoints(this, "endpoints", {
      config,
      name: names.cluster,
      vpc: this.#vpc,
      routeTableIds: tables,
      subnetIds: mode === "endpoints" ? workers.ids : undefined,
    });
    this.placement = {
      vpcId: this.#vpc.id,
      vpcCidr: cidr,
      workerSubnets: workers.ids,
      serviceSubnets: workers.ids,
      loadBalancerSubnets: isPublic ? (open as SubnetGroup).ids : workers.ids,
      servicePublicIp: mode === "public",
    };
  }

  /** Subnets with a route to the internet. Incoming traffic only reaches what has a public address and allows it. */
  #publicSubnets(cidrs: readonly string[], forWorkers: boolean): SubnetGroup {
    const gateway = new InternetGateway(this, "internet", {
      vpcId: this.#vpc.id,
      tags: this.#named("internet"),
    });
    const group = this.#subnets("public", { cidrs, mapPublicIp: forWorkers });
    new Route(this, "public_internet", {
      routeTableId: group.routeTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: gateway.id,
    });
    return group;
  }

  #privateSubnets(
    cidrs: readonly string[],
    { nat: open }: { readonly nat: SubnetGroup | undefined },
  ): SubnetGroup {
    const group = this.#subnets("private", { cidrs, mapPublicIp: false });
    if (open === undefined) return group;
    // One for all zones: each costs some $33 a month, and a batch job that waits during a zone failure loses nothing.
    const nat = new NatGateway(this, "nat", {
      subnetId: open.ids[0] as string,
      allocationId: new Eip(this, "nat_address", { domain: "vpc", tags: this.#named("nat") }).id,
      tags: this.#named("nat"),
    });
    new Route(this, "private_nat", {
      routeTableId: group.routeTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: nat.id,
    });
    return group;
  }

  #subnets(
    kind: "public" | "private",
    options: { cidrs: readonly string[]; mapPublicIp: boolean },
  ): SubnetGroup {
    const routeTable = new RouteTable(this, `${kind}_routes`, {
      vpcId: this.#vpc.id,
      tags: this.#named(kind),
    });
    const ids = options.cidrs.map((cidrBlock, index) => {
      const { id } = new Subnet(this, `${kind}_${index}`, {
        vpcId: this.#vpc.id,
        cidrBlock,
        availabilityZone: Fn.element(this.#zones.names, index),
        mapPublicIpOnLaunch: options.mapPublicIp,
        tags: this.#named(`${kind}-${index}`),
      });
      new RouteTableAssociation(this, `${kind}_${index}_routes`, {
        subnetId: id,
        routeTableId: routeTable.id,
      });
      return id;
    });
    return { ids, routeTable };
  }

  #named(what: string): Record<string, string> {
    return { Name: `${this.#name}-${what}` };
  }
}

interface SubnetGroup {
  readonly ids: readonly string[];
  readonly routeTable: RouteTable;
}

/**
 * Default blocks for the subnets: sixteenths of the VPC, the first six for public ones and six of the second half for
 * private ones. They do not depend on the mode, so that changing it does not move any subnet.
 */
function subnetPlan({ cidr, zones, public_cidrs, private_cidrs }: ClusterContext["config"]["network"]) {
  const vpc = parseCidr(cidr) as Cidr;
  const cut = (from: number) =>
    Array.from({ length: zones }, (_, index) =>
      formatCidr(subnetOf(vpc, { prefixLength: vpc.prefixLength + 4, index: from + index })),
    );
  return { public: public_cidrs ?? cut(0), private: private_cidrs ?? cut(8) };
}
