import { isMillraceError, type MillraceError } from "@millrace/core";
import test from "ava";
import { parseCluster } from "../../src/config/parse-cluster.ts";

const parse = (...lines: readonly string[]) =>
  parseCluster(`${lines.join("\n")}\n`, { file: "cluster.yaml" });

const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b";

/** Files that are refused, and what is said of them: all of it, with the place. */
const REFUSED: Readonly<
  Record<string, { readonly lines: readonly string[]; readonly says: readonly string[] }>
> = {
  "no region": {
    lines: ["name: prod"],
    says: ["cluster.yaml:1:1: region: must be defined"],
  },
  "names that AWS or this machine has taken": {
    lines: ["name: internal-a", "region: cn-north-1"],
    says: [
      'cluster.yaml:1:7: name: must be a letter, then at most 23 of a-z, 0-9 and single "-", and not local or internal-… (got "internal-a")',
      'cluster.yaml:2:9: region: must be a region of AWS such as eu-central-1, not of China or a government (got "cn-north-1")',
    ],
  },
  "no file at all": {
    lines: ["# nothing"],
    says: ["cluster.yaml:1:1: is empty, expected an object with at least the cluster's region"],
  },
  "an unknown family": {
    lines: ["region: eu-west-1", "compute:", "  gpus:", "    - family: g9"],
    says: [
      'cluster.yaml:4:15: compute.gpus[0].family: must be one of g4dn, g5, g6, g6e, p4d, p4de, p5 (got "g9")',
    ],
  },
  "vCPUs below one instance": {
    lines: [
      "region: eu-west-1",
      "compute:",
      "  max_vcpus: 1",
      "  gpus:",
      "    - { family: g5, max_vcpus: 2 }",
      "    - { family: p4d, max_vcpus: 95 }",
    ],
    says: [
      "cluster.yaml:3:14: compute.max_vcpus: must be at least 2, the vCPUs of the smallest instance (got 1)",
      "cluster.yaml:5:32: compute.gpus[0].max_vcpus: must be at least 4, the vCPUs of the smallest instance (got 2)",
      "cluster.yaml:6:33: compute.gpus[1].max_vcpus: must be at least 96, the vCPUs of the smallest instance (got 95)",
    ],
  },
  "overlapping blocks": {
    lines: [
      "region: eu-west-1",
      "network:",
      "  cidr: 10.0.0.0/16",
      "  public_cidrs: [10.0.0.0/24, 10.0.1.0/24]",
      "  private_cidrs: [10.0.1.128/25, 10.1.0.0/24]",
    ],
    says: [
      'cluster.yaml:5:19: network.private_cidrs[0]: must not overlap network.public_cidrs[1] 10.0.1.0/24 (got "10.0.1.128/25")',
      'cluster.yaml:5:34: network.private_cidrs[1]: must lie inside network.cidr 10.0.0.0/16 (got "10.1.0.0/24")',
    ],
  },
  "a public listener without certificate": {
    lines: ["region: eu-west-1", "service:", "  access: public"],
    says: [
      "cluster.yaml:2:1: service.certificate: must be given with service.access public: requests carry tokens",
      "cluster.yaml:2:1: service.allowed_cidrs: must be given with service.access public, such as your office's, or 0.0.0.0/0 for everyone",
    ],
  },
  "a certificate of another region, and no name for it": {
    lines: ["region: eu-central-1", "service:", `  certificate: ${CERTIFICATE}`],
    says: [
      "cluster.yaml:2:1: service.domain: must be given with service.certificate: the name that the certificate is for",
      "cluster.yaml:3:16: service.certificate: must be in the cluster's region eu-central-1 (got one in eu-west-1)",
    ],
  },
  "a misspelt field": {
    lines: ["region: eu-west-1", "netwrok: { mode: nat }"],
    says: ['cluster.yaml:2:1: netwrok: unknown field, did you mean "network"'],
  },
  "an account that YAML takes for a number": {
    lines: ["region: eu-west-1", "account: 012345678901"],
    says: ["cluster.yaml:2:10: account: must be a string (got 12345678901)"],
  },
  "a budget that nobody hears of": {
    lines: ["region: eu-west-1", "budget: { monthly_usd: 5 }"],
    says: ["cluster.yaml:2:1: budget: needs alarms.emails: nobody would be notified"],
  },
  "subnets of its own in an existing VPC": {
    lines: [
      "region: eu-west-1",
      "network:",
      "  public_cidrs: [10.42.0.0/24, 10.42.1.0/24]",
      "  existing:",
      "    vpc_id: vpc-0a",
      "    worker_subnets: [subnet-0a]",
      "    service_subnets: [subnet-0a, subnet-0b]",
    ],
    says: [
      "cluster.yaml:3:3: network.public_cidrs: must be left out with network.existing, which has subnets of its own",
    ],
  },
  "memory that Fargate does not have": {
    lines: ["region: eu-west-1", "service: { cpu: 1024, memory_mib: 1536 }"],
    says: [
      "cluster.yaml:2:35: service.memory_mib: must be 2048 to 8192 in steps of 1024 with service.cpu 1024 (got 1536)",
    ],
  },
};

for (const [what, { lines, says }] of Object.entries(REFUSED)) {
  test(`parseCluster() refuses ${what}, with line and column`, (t) => {
    const error = t.throws<MillraceError>(() => parse(...lines));
    t.true(isMillraceError(error, "invalid_config"));
    t.deepEqual(error?.message.split("\n"), [...says]);
  });
}

test("parseCluster() needs nothing but the region", (t) => {
  const config = parse("region: eu-west-1");
  t.like(config, { name: "millrace", protect_data: true, datasets: [] });
  t.like(config.network, { mode: "public", zones: 2, cidr: "10.42.0.0/16" });
  t.like(config.service, { access: "internal" });
  t.like(config.compute, { max_vcpus: 64, spot: true, gpus: [], disk_gib: 100 });
});

test("parseCluster() treats empty sections as left out", (t) => {
  t.deepEqual(parse("region: eu-west-1", "network:", "service:", "tags:"), parse("region: eu-west-1"));
});
