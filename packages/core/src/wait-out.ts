import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS } from "./defaults.ts";
import type { Logger } from "./logger.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { mayPass } from "./system-errors.ts";

/** Short enough to notice soon that the error is gone. */
const LONGEST_DELAY_MS = 5_000;

export interface WaitOutOptions {
  readonly logger: Logger;
  /** Ends the wait: the step's last error is thrown. */
  readonly signal?: AbortSignal;
  /** @default DEFAULTS.patienceSeconds */
  readonly patienceMs?: number;
}

/**
 * Calls `step` until it succeeds, with growing delays after temporary errors, such as a full disk, a busy database or a
 * lack of file descriptors. Throws every other error at once.
 */
export async function waitOut<Value>(step: () => Promise<Value>, options: WaitOutOptions): Promise<Value> {
  const { logger, signal, patienceMs = DEFAULTS.patienceSeconds * 1_000 } = options;
  const deadlineMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (!mayPass(error) || performance.now() >= deadlineMs || signal?.aborted) throw error;
      const delayMs = Math.min(retryDelayMs(attempt), LONGEST_DELAY_MS);
      logger.warn("waiting for an error to pass", { error, attempt, delay_ms: delayMs });
      await delay(delayMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
