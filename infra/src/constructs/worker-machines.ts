import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { trusting } from "../policy-document.ts";
import { machineUserData } from "../user-data.ts";

/** Workers' machines: nothing can connect to them, and they can connect to everything. */
export class WorkerMachines extends Construct {
  readonly launchTemplate: LaunchTemplate;
  readonly instanceProfile: IamInstanceProfile;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: ClusterContext & { readonly vpcId: string }) {
    super(scope, id);
    const { config, names, partition, vpcId } = props;
    const role = new IamRole(this, "role", {
      name: `${names.global}-machine`,
      path: names.rolePath,
      description: "Worker machines: may join the AWS Batch cluster, and use nothing of Millrace",
      assumeRolePolicy: trusting("ec2.amazonaws.com", undefined),
    });
    new IamRolePolicyAttachment(this, "role_policy", {
      role: role.name,
      policyArn: `arn:${partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role`,
    });
    this.instanceProfile = new IamInstanceProfile(this, "profile", {
      name: `${names.global}-machine`,
      path: names.rolePath,
      role: role.name,
    });
    this.securityGroup = new SecurityGroup(this, "group", {
      namePrefix: `${names.cluster}-workers-`,
      description: "Worker machines: no incoming traffic",
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupEgressRule(this, "out", {
      securityGroupId: this.securityGroup.id,
      description: "AWS services, package registries, and whatever predictors connect to",
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "-1",
    });
    const tags = { ...config.tags, "millrace:cluster": names.cluster, Name: `${names.cluster}-worker` };
    this.launchTemplate = new LaunchTemplate(this, "template", {
      namePrefix: `${names.cluster}-worker-`,
      description: "Millrace worker machines",
      updateDefaultVersion: true,
      userData: Buffer.from(machineUserData()).toString("base64"),
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize: config.compute.disk_gib,
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      // IMDSv2 only, and not reachable from a container's own network; user data blocks it for workers in the host's
      // network.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      lifecycle: { createBeforeDestroy: true },
    });
  }
}
