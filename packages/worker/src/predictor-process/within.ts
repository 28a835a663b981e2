import { setTimeout as delay } from "node:timers/promises";

/** Waits for `work`, but no longer than `limitMs`. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  await Promise.race([work, delay(limitMs, undefined, { signal: abort.signal })]);
  abort.abort();
}
