import { type Attributes, resourcesOf, type Stack } from "../fixtures/synth.ts";

/** What a reviewer would look for; each check gives what it found wrong, one line each. */
export type Check = (stack: Stack) => readonly string[];

const text = (value: unknown) => JSON.stringify(value);

/** Addresses come in by the load balancer alone: the world by nothing, which a configuration has to ask for in so many words. */
export const noOpenIngress: Check = (stack) =>
  resourcesOf(stack, "aws_vpc_security_group_ingress_rule").flatMap(([name, rule]) => {
    const problems: string[] = [];
    if (rule.cidr_ipv4 === "0.0.0.0/0") problems.push(`${name} is open to the world`);
    if (rule.cidr_ipv6 !== undefined) problems.push(`${name} lets IPv6 in`);
    const isOfBalancer = text(rule.security_group_id).includes("balancer");
    const isPlain = rule.cidr_ipv4 !== undefined && rule.from_port !== 443;
    // Port 80 is for clients in the VPC, where there is no certificate.
    const isInternal = resourcesOf(stack, "aws_lb").every(([, balancer]) => balancer.internal === true);
    if (isPlain && !(isOfBalancer && rule.from_port === 80 && isInternal)) {
      problems.push(`${name} lets addresses in by port ${rule.from_port}`);
    }
    if (rule.from_port !== rule.to_port) problems.push(`${name} opens more than one port`);
    return problems;
  });

/** Nothing reaches workers' machines, nor the service but through the load balancer. */
export const closedWorkers: Check = (stack) =>
  resourcesOf(stack, "aws_vpc_security_group_ingress_rule").flatMap(([name, rule]) => {
    const group = text(rule.security_group_id);
    if (group.includes("machines")) return [`${name} lets something reach workers`];
    if (group.includes("service_group") && !text(rule.referenced_security_group_id).includes("balancer")) {
      return [`${name} lets something other than the load balancer reach the service`];
    }
    return [];
  });

/** What EC2 lets descriptions of groups and rules be made of. */
export const describable: Check = (stack) =>
  resourcesOf(
    stack,
    "aws_security_group",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
  )
    .filter(
      ([, { description }]) => !/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(String(description)),
    )
    .map(([name, { description }]) => `${name} has a description that EC2 refuses: ${description}`);

/** Rules stand by themselves: inline ones would undo each other. */
export const noInlineRules: Check = (stack) =>
  resourcesOf(stack, "aws_security_group")
    .filter(([, group]) => group.ingress !== undefined || group.egress !== undefined)
    .map(([name]) => `${name} has rules of its own`);

export const tls13: Check = (stack) =>
  resourcesOf(stack, "aws_lb_listener").flatMap(([name, listener]) => {
    const isInternal = resourcesOf(stack, "aws_lb").every(([, balancer]) => balancer.internal === true);
    if (listener.protocol === "HTTP") return isInternal ? [] : [`${name} is public and without TLS`];
    return /TLS13-1-[23]/.test(String(listener.ssl_policy))
      ? []
      : [`${name} takes old TLS: ${listener.ssl_policy}`];
  });

export const strictBalancer: Check = (stack) =>
  resourcesOf(stack, "aws_lb").flatMap(([name, balancer]) => [
    ...(balancer.drop_invalid_header_fields === true ? [] : [`${name} passes invalid headers on`]),
    ...(Number(balancer.idle_timeout) >= 120 ? [] : [`${name} cuts followed logs`]),
  ]);

/** S3 and DynamoDB are reached without the internet, from every route table; in a VPC of the cluster's own. */
export const gatewayEndpoints: Check = (stack) => {
  if (resourcesOf(stack, "aws_vpc").length === 0) return [];
  const tables = resourcesOf(stack, "aws_route_table").length;
  return ["s3", "dynamodb"].flatMap((service) => {
    const found = resourcesOf(stack, "aws_vpc_endpoint").find(
      ([, endpoint]) =>
        String(endpoint.service_name).endsWith(`.${service}`) && endpoint.vpc_endpoint_type === "Gateway",
    );
    if (!found) return [`there is no gateway endpoint of ${service}`];
    return (found[1].route_table_ids as unknown[]).length === tables
      ? []
      : [`${found[0]} lacks route tables`];
  });
};

/** The group that comes with a VPC has no rules. */
export const emptyDefaultGroup: Check = (stack) =>
  resourcesOf(stack, "aws_vpc").length === 0 || resourcesOf(stack, "aws_default_security_group").length === 1
    ? []
    : ["the VPC's default security group is left as it is"];

/** Spot machines and on-demand ones: IMDSv2 at one hop, encrypted gp3, MIME user data with what ECS is to do. */
export const hardenedMachines: Check = (stack) =>
  resourcesOf(stack, "aws_launch_template").flatMap(([name, template]) => {
    const problems: string[] = [];
    const metadata = template.metadata_options as Attributes;
    if (metadata?.http_tokens !== "required") problems.push(`${name} takes IMDSv1`);
    if (metadata?.http_put_response_hop_limit !== 1)
      problems.push(`${name} lets containers reach the metadata`);
    for (const { ebs } of template.block_device_mappings as { readonly ebs: Attributes }[]) {
      if (ebs.encrypted !== "true" || ebs.volume_type !== "gp3")
        problems.push(`${name} has a disk that is not encrypted gp3`);
    }
    const userData = Buffer.from(String(template.user_data), "base64").toString();
    if (!/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary=/.test(userData)) {
      problems.push(`${name} has user data that is not MIME multipart`);
    }
    for (const line of [
      "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
      "ECS_CONTAINER_STOP_TIMEOUT=110s",
      "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached",
      "chmod 1777 /var/lib/millrace",
      "--destination 169.254.169.254 --match owner --uid-owner 100000-4294967294 --jump REJECT",
    ]) {
      if (!userData.includes(line)) problems.push(`${name} lacks "${line}"`);
    }
    return problems;
  });
