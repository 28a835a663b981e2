/** A family of GPU instances that a cluster may have. */
export interface GpuFamily {
  /** vCPUs of its smallest instance: with fewer, none can start. */
  readonly smallestVcpus: number;
  /** Which quotas of EC2 its vCPUs count against. */
  readonly quota: "g" | "p";
}

/**
 * Families with NVIDIA GPUs on x86 machines, whose images Millrace's are.
 * Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html
 */
export const GPU_FAMILIES: Readonly<Record<string, GpuFamily>> = {
  g4dn: { smallestVcpus: 4, quota: "g" },
  g5: { smallestVcpus: 4, quota: "g" },
  g6: { smallestVcpus: 4, quota: "g" },
  g6e: { smallestVcpus: 4, quota: "g" },
  p4d: { smallestVcpus: 96, quota: "p" },
  p4de: { smallestVcpus: 96, quota: "p" },
  p5: { smallestVcpus: 16, quota: "p" },
};

/** Families of machines without GPUs: several, so that spot capacity is found. The smallest that Batch takes has 2 vCPUs. */
export const CPU_FAMILIES = ["c7i", "m7i", "r7i", "c6i", "m6i", "r6i", "c5", "m5", "r5"] as const;
export const CPU_SMALLEST_VCPUS = 2;
