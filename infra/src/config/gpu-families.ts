/** A family of GPU instances that a cluster can use. */
export interface GpuFamily {
  /** vCPUs of its smallest instance: with fewer, none can start. */
  readonly smallestVcpus: number;
  /** Which EC2 quotas its vCPUs count against. */
  readonly quota: "g" | "p";
}

/**
 * Families with NVIDIA GPUs on x86 machines, for which Millrace's images are built. Source:
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html
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

/**
 * Machine families without GPUs: several, so that spot capacity is available. The smallest that Batch accepts has 2
 * vCPUs.
 */
export const CPU_FAMILIES = ["c7i", "m7i", "r7i", "c6i", "m6i", "r6i", "c5", "m5", "r5"] as const;
export const CPU_SMALLEST_VCPUS = 2;
