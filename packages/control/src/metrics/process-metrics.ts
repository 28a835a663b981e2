import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/**
 * Memory, CPU time, descriptors, event loop and garbage collection of this process. Begun by the first scrape, since
 * measuring the event loop wakes the process up, and once: what it installs cannot be taken out again.
 */
export async function processMetrics(): Promise<string> {
  if (!registry) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  }
  // An event loop that was not sampled since the last scrape: prom-client writes "Nan", the format says "NaN".
  return (await registry.metrics()).replaceAll(/ Nan$/gm, " NaN");
}
