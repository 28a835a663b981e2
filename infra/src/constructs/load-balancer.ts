import { Lb } from "@cdktf/provider-aws/lib/lb/index.js";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener/index.js";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import type { Placement } from "./network.ts";

export const SERVICE_PORT = 8080;
/**
 * The default dates from 2016 and accepts TLS 1.0.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
/**
 * Streams have a heartbeat every 15 s. The service's keep-alive is slightly longer, so that it never closes a
 * connection in use.
 */
const IDLE_SECONDS = 300;

export interface LoadBalancerProps extends ClusterContext {
  readonly placement: Placement;
  readonly serviceGroup: SecurityGroup;
}

/** Where clients connect: with TLS or, inside the VPC and without a certificate, without TLS. */
export class LoadBalancer extends Construct {
  readonly balancer: Lb;
  readonly targets: LbTargetGroup;
  readonly listener: LbListener;
  /** The address for clients. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    const { config, names, placement } = props;
    const { certificate, domain, access } = config.service;
    const port = certificate === undefined ? 80 : 443;
    const group = this.#securityGroup(props, port);
    this.balancer = new Lb(this, "balancer", {
      name: names.service,
      internal: access === "internal",
      loadBalancerType: "application",
      securityGroups: [group.id],
      subnets: [...placement.loadBalancerSubnets],
      dropInvalidHeaderFields: true,
      idleTimeout: IDLE_SECONDS,
      // It holds no data; protection would only get in the way of taking the cluster down.
      enableDeletionProtection: false,
    });
    this.targets = new LbTargetGroup(this, "targets", {
      name: names.service,
      vpcId: placement.vpcId,
      targetType: "ip",
      protocol: "HTTP",
      port: SERVICE_PORT,
      deregistrationDelay: "30",
      healthCheck: {
        path: "/readyz",
        matcher: "200",
        interval: 15,
        timeout: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 4,
      },
    });
    this.listener = new LbListener(this, "listener", {
      loadBalancerArn: this.balancer.arn,
      port,
      protocol: certificate === undefined ? "HTTP" : "HTTPS",
      ...(certificate !== undefined && { certificateArn: certificate, sslPolicy: TLS_POLICY }),
      defaultAction: [{ type: "forward", targetGroupArn: this.targets.arn }],
    });
    this.url = domain === undefined ? `http://${this.balancer.dnsName}` : `https://${domain}`;
  }

  #securityGroup({ config, names, placement, serviceGroup }: LoadBalancerProps, port: number): SecurityGroup {
    const group = new SecurityGroup(this, "group", {
      namePrefix: `${names.cluster}-balancer-`,
      description: "Load balancer of the control service",
      vpcId: placement.vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    const allowed = config.service.allowed_cidrs ?? [placement.vpcCidr];
    for (const [index, cidrIpv4] of allowed.entries()) {
      new VpcSecurityGroupIngressRule(this, `in_${index}`, {
        securityGroupId: group.id,
        description: "Clients",
        cidrIpv4,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
      });
    }
    const toService = {
      description: "The control service",
      ipProtocol: "tcp",
      fromPort: SERVICE_PORT,
      toPort: SERVICE_PORT,
    };
    new VpcSecurityGroupEgressRule(this, "out", {
      ...toService,
      securityGroupId: group.id,
      referencedSecurityGroupId: serviceGroup.id,
    });
    new VpcSecurityGroupIngressRule(this, "service_in", {
      ...toService,
      description: "The load balancer",
      securityGroupId: serviceGroup.id,
      referencedSecurityGroupId: group.id,
    });
    return group;
  }
}
