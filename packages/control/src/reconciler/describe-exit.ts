import type { PoolWorker } from "@millrace/core";

/** How a process ended, in words. */
export function describeExit(process: PoolWorker | undefined): string {
  if (!process) return "gone";
  if (process.reason) return process.reason;
  return process.signal ? `signal ${process.signal}` : `exit code ${process.exitCode ?? "unknown"}`;
}
