import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/**
 * Memory, CPU time, descriptors, event loop and garbage collection of this process. Started by the first scrape, since
 * measuring the event loop wakes up the process, and only once, since its hooks cannot be removed.
 */
export async function processMetrics(): Promise<string> {
  if (!registry) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  }
  // If the event loop was not sampled since the last scrape, prom-client writes "Nan"; the format requires "NaN".
  return (await registry.metrics()).replaceAll(/ Nan$/gm, " NaN");
}
