import { DEFAULTS } from "./defaults.ts";

/** Delay in milliseconds after the given failed attempt (1-based) of a batch: exponential, with an upper bound. */
export function retryDelayMs(attempt: number): number {
  return Math.min(DEFAULTS.retryMaxMs, DEFAULTS.retryBaseMs * 2 ** Math.max(0, attempt - 1));
}
