import { setTimeout as delay } from "node:timers/promises";

/** Far beyond what any machine needs: whoever waits so long waits for what does not come. */
const DEADLINE_MS = 50_000;

/** Waits until `condition` holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await delay(1);
  }
}
