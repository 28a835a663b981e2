import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { Construct } from "constructs";
import type { ClusterConfig } from "../config/cluster-schema.ts";

/** Services that machines, workers and the control service call; each endpoint costs some $7 a month per zone. */
export const INTERFACE_ENDPOINTS = [
  "batch",
  "ecr.api",
  "ecr.dkr",
  "ecs",
  "ecs-agent",
  "ecs-telemetry",
  "logs",
  "secretsmanager",
  "sqs",
] as const;

export interface VpcEndpointsProps {
  readonly config: ClusterConfig;
  readonly name: string;
  readonly vpc: Vpc;
  readonly routeTableIds: readonly string[];
  /** Subnets for interface endpoints; without it, none are created. */
  readonly subnetIds: readonly string[] | undefined;
}

/** Private routes to AWS services. S3 and DynamoDB always get one, since these are free. */
export class VpcEndpoints extends Construct {
  constructor(scope: Construct, id: string, props: VpcEndpointsProps) {
    super(scope, id);
    const { config, name, vpc, routeTableIds, subnetIds } = props;
    const serviceName = (service: string) => `com.amazonaws.${config.region}.${service}`;
    for (const service of ["s3", "dynamodb"]) {
      new VpcEndpoint(this, service, {
        vpcId: vpc.id,
        serviceName: serviceName(service),
        vpcEndpointType: "Gateway",
        routeTableIds: [...routeTableIds],
        tags: { Name: `${name}-${service}` },
      });
    }
    if (subnetIds === undefined) return;
    const group = new SecurityGroup(this, "group", {
      namePrefix: `${name}-endpoints-`,
      description: "Endpoints of AWS services: HTTPS from the VPC",
      vpcId: vpc.id,
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupIngressRule(this, "https", {
      securityGroupId: group.id,
      description: "HTTPS from the VPC",
      cidrIpv4: config.network.cidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    for (const service of INTERFACE_ENDPOINTS) {
      new VpcEndpoint(this, service.replace(".", "_"), {
        vpcId: vpc.id,
        serviceName: serviceName(service),
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: [...subnetIds],
        securityGroupIds: [group.id],
        tags: { Name: `${name}-${service}` },
      });
    }
  }
}
