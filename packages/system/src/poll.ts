import { setTimeout as delay } from "node:timers/promises";

/** Calls `look` repeatedly until it returns something; after `deadlineMs`, fails with an error that names `what`. */
export async function poll<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  options: {
    /** @default 180000 */
    readonly deadlineMs?: number;
    /** @default 20 */
    readonly everyMs?: number;
  } = {},
): Promise<Value> {
  const { deadlineMs = 180_000, everyMs = 20 } = options;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain for ${what}`);
    await delay(everyMs);
  }
}
