import { type FieldError, got } from "@millrace/core/schemas";
import { type Cidr, contains, overlaps, parseCidr } from "./cidr.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { CPU_SMALLEST_VCPUS, GPU_FAMILIES } from "./gpu-families.ts";

/** Checks that a schema of single fields cannot express. */
export function checkCluster(config: ClusterConfig): readonly FieldError[] {
  return [...checkNetwork(config), ...checkService(config), ...checkCompute(config), ...checkBudget(config)];
}

function checkNetwork({ network }: ClusterConfig): readonly FieldError[] {
  const { existing, zones } = network;
  if (existing) return checkExisting(network);
  const errors: FieldError[] = [];
  const vpc = parseCidr(network.cidr) as Cidr;
  if (vpc.prefixLength < 16 || vpc.prefixLength > 20) {
    errors.push({ path: ["network", "cidr"], message: `must be /16 to /20 (got ${got(network.cidr)})` });
  }
  const seen: { readonly block: Cidr; readonly text: string; readonly field: string }[] = [];
  for (const field of ["public_cidrs", "private_cidrs"] as const) {
    const blocks = network[field];
    if (blocks === undefined) continue;
    if (blocks.length !== zones) {
      const message = `must list one block for each of the ${zones} zones (got ${blocks.length})`;
      errors.push({ path: ["network", field], message });
    }
    for (const [index, text] of blocks.entries()) {
      const path = ["network", field, index];
      const block = parseCidr(text) as Cidr;
      if (!contains(vpc, block)) {
        errors.push({ path, message: `must lie inside network.cidr ${network.cidr} (got ${got(text)})` });
      } else if (block.prefixLength > 28) {
        errors.push({ path, message: `must be /28 or larger (got ${got(text)})` });
      }
      const other = seen.find((earlier) => overlaps(earlier.block, block));
      if (other)
        errors.push({ path, message: `must not overlap ${other.field} ${other.text} (got ${got(text)})` });
      seen.push({ block, text, field: `network.${field}[${index}]` });
    }
  }
  if ((network.public_cidrs === undefined) !== (network.private_cidrs === undefined)) {
    const [given, missing] = network.public_cidrs
      ? ["public_cidrs", "private_cidrs"]
      : ["private_cidrs", "public_cidrs"];
    errors.push({
      path: ["network", given],
      at: "name",
      message: `needs network.${missing} too, or neither`,
    });
  }
  return errors;
}

function checkExisting({ existing, ...network }: ClusterConfig["network"]): readonly FieldError[] {
  const made = (["public_cidrs", "private_cidrs"] as const).filter((field) => network[field] !== undefined);
  return made.map((field) => ({
    path: ["network", field],
    at: "name" as const,
    message: "must be left out with network.existing, which has subnets of its own",
  }));
}

function checkService({ service, network, region }: ClusterConfig): readonly FieldError[] {
  const errors: FieldError[] = [];
  const missing = (field: string, why: string) => {
    errors.push({ path: ["service", field], message: `must be given ${why}` });
  };
  if (service.access === "public") {
    if (service.certificate === undefined)
      missing("certificate", "with service.access public: requests carry tokens");
    if (service.allowed_cidrs === undefined) {
      missing(
        "allowed_cidrs",
        "with service.access public, such as your office's, or 0.0.0.0/0 for everyone",
      );
    }
    if (network.existing && network.existing.public_subnets.length < 2) {
      const message = "must list subnets of two zones or more with service.access public";
      errors.push({ path: ["network", "existing", "public_subnets"], message });
    }
  }
  if (service.certificate !== undefined && service.domain === undefined) {
    missing("domain", "with service.certificate: the name that the certificate is for");
  }
  const certificateRegion = service.certificate?.split(":")[3];
  if (certificateRegion !== undefined && certificateRegion !== region) {
    const message = `must be in the cluster's region ${region} (got one in ${certificateRegion})`;
    errors.push({ path: ["service", "certificate"], message });
  }
  if (service.certificate === undefined && service.domain !== undefined) {
    missing("certificate", "with service.domain");
  }
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
  const [least, most] = FARGATE_MEMORY_MIB[service.cpu];
  const step = service.cpu === 256 ? [512, 1024, 2048] : undefined;
  const isAllowed = step ? step.includes(service.memory_mib) : service.memory_mib % 1024 === 0;
  if (service.memory_mib < least || service.memory_mib > most || !isAllowed) {
    const allowed = step ? step.join(", ") : `${least} to ${most} in steps of 1024`;
    const message = `must be ${allowed} with service.cpu ${service.cpu} (got ${service.memory_mib})`;
    errors.push({ path: ["service", "memory_mib"], message });
  }
  return errors;
}

const FARGATE_MEMORY_MIB: Readonly<Record<ClusterConfig["service"]["cpu"], readonly [number, number]>> = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16_384],
  4096: [8192, 30_720],
};

function checkCompute({ compute }: ClusterConfig): readonly FieldError[] {
  const errors: FieldError[] = [];
  const tooFew = (path: readonly (string | number)[], least: number, vcpus: number) => {
    const message = `must be at least ${least}, the vCPUs of the smallest instance (got ${vcpus})`;
    errors.push({ path, message });
  };
  if (compute.max_vcpus < CPU_SMALLEST_VCPUS)
    tooFew(["compute", "max_vcpus"], CPU_SMALLEST_VCPUS, compute.max_vcpus);
  const seen = new Set<string>();
  for (const [index, { family, max_vcpus }] of compute.gpus.entries()) {
    const path = ["compute", "gpus", index];
    const known = Object.hasOwn(GPU_FAMILIES, family) ? GPU_FAMILIES[family] : undefined;
    if (known === undefined) {
      const message = `must be one of ${Object.keys(GPU_FAMILIES).join(", ")} (got ${got(family)})`;
      errors.push({ path: [...path, "family"], message });
    } else if (seen.has(family)) {
      errors.push({ path: [...path, "family"], message: `must be listed once (got ${got(family)} twice)` });
    } else if (max_vcpus < known.smallestVcpus) {
      tooFew([...path, "max_vcpus"], known.smallestVcpus, max_vcpus);
    }
    seen.add(family);
  }
  return errors;
}

function checkBudget({ alarms, budget }: ClusterConfig): readonly FieldError[] {
  if (budget === undefined || alarms.emails.length > 0) return [];
  return [{ path: ["budget"], at: "name", message: "needs alarms.emails: nobody would be notified" }];
}
