import { setTimeout as delay } from "node:timers/promises";
import { type Logger, mayPass, retryDelayMs } from "@millrace/core";

/** With the waits between them about a minute: whoever starts the service waits as long. */
const MAX_ATTEMPTS = 9;

/** Does a step of the start, again where what failed may pass, such as a machine that is out of descriptors. */
export async function waitOut<Value>(step: () => Promise<Value>, logger: Logger): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (!mayPass(error) || attempt === MAX_ATTEMPTS) throw error;
      logger.warn("cannot start yet, trying again", { error, attempt });
      await delay(retryDelayMs(attempt));
    }
  }
}
