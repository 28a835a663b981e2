import { DEFAULTS } from "./defaults.ts";

/** Milliseconds to wait after the given failed attempt (1-based) of a batch: exponential, bounded. */
export function retryDelayMs(attempt: number): number {
  return Math.min(DEFAULTS.retryMaxMs, DEFAULTS.retryBaseMs * 2 ** Math.max(0, attempt - 1));
}
