import { processesOf } from "../../packages/chaos/src/processes.ts";
import { type Platform, peakMib } from "./platform.ts";

/** The smallest job's predictor lives for only a few tenths of a second. */
const LOOK_MS = 100;

/** The largest peak memory of any one process of each kind, MiB; 0 if none was seen. */
export interface PeakMemory {
  readonly service: number;
  readonly worker: number;
  readonly predictor: number;
}

/** Polls a platform's processes while something runs; the kernel tracks the peak of each. */
export async function peakMemoryDuring<T>(
  platform: Platform,
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly peak: PeakMemory }> {
  const peak = { service: 0, worker: 0, predictor: 0 };
  const look = async () => {
    for (const { pid, kind } of processesOf(platform.home)) {
      if (kind === "other") continue;
      // If it is already gone, its last reading counts.
      const mib = await peakMib(pid).catch(() => 0);
      if (mib > peak[kind]) peak[kind] = mib;
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_MS);
  try {
    const value = await run();
    return { value, peak };
  } finally {
    clearInterval(timer);
    await looking.then(look);
  }
}
