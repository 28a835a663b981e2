import { processesOf } from "../../packages/chaos/src/processes.ts";
import { type Platform, peakMib } from "./platform.ts";

/** A predictor of the smallest job lives for a few tenths of a second. */
const LOOK_MS = 100;

/** The most that any one process of each kind ever held, MiB; 0 where none was seen. */
export interface PeakMemory {
  readonly service: number;
  readonly worker: number;
  readonly predictor: number;
}

/** Looks at the processes of a platform while something runs; the kernel keeps each one's peak. */
export async function peakMemoryDuring<T>(
  platform: Platform,
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly peak: PeakMemory }> {
  const peak = { service: 0, worker: 0, predictor: 0 };
  const look = async () => {
    for (const { pid, kind } of processesOf(platform.home)) {
      if (kind === "other") continue;
      // It may be gone by now: then its last look counts.
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
