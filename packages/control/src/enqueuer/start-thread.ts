import { Worker } from "node:worker_threads";
import type { EnqueuerThread } from "./enqueuer.ts";
import type { FromThread, ThreadSettings } from "./messages.ts";

/**
 * Lines parsed for checking become garbage at once: a small nursery keeps them out of the heap (5M lines: 183 MiB
 * instead of 291).
 */
const YOUNG_GENERATION_MB = 8;

export interface ThreadOptions {
  /** The thread's heap in mebibytes. @default the runtime's default */
  readonly maxHeapMebibytes?: number;
}

/** Starts the enqueuer's thread, `main.ts` in this folder. */
export function startEnqueuerThread(settings: ThreadSettings, options: ThreadOptions = {}): EnqueuerThread {
  const { maxHeapMebibytes } = options;
  const worker = new Worker(new URL("./main.ts", import.meta.url), {
    workerData: settings,
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      ...(maxHeapMebibytes !== undefined && { maxOldGenerationSizeMb: maxHeapMebibytes }),
    },
  });
  let failure: Error | undefined;
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", (message: FromThread) => listener(message)),
    onExit: (listener) => void worker.once("exit", () => listener(failure)),
    terminate: async () => void (await worker.terminate()),
  };
}
