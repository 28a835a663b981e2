import { type Logger, mayPass } from "@millrace/core";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;
/** A full disk or a busy database is waited out this long before the worker gives up. */
const PATIENCE_MS = 10 * 60_000;

/** Calls `step` until it succeeds, waiting out errors that may pass (a full disk, a busy database). Throws others at once. */
export async function persist<T>(
  step: () => Promise<T>,
  options: { readonly logger: Logger; readonly signal?: AbortSignal },
): Promise<T> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      return await step();
    } catch (error) {
      if (!mayPass(error) || performance.now() > deadlineMs || options.signal?.aborted) throw error;
      options.logger.warn("state not writable, waiting", { error, delay_ms: delayMs });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
