import { closeSync, openSync } from "node:fs";
import type { Logger } from "@millrace/core";

const LOOK_MS = 250;
/** Time for other code to close descriptors before the reserve is refilled. */
const RECOVER_MS = 5_000;

/**
 * Unused open descriptors, released as soon as no other can be opened: the service can then still accept, respond and
 * write job files when something in its process has used up the rest. The reserve is refilled when there is room again.
 */
export class DescriptorReserve {
  readonly #size: number;
  readonly #logger: Logger;
  readonly #held: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #fillAtMs = 0;

  constructor({ size, logger }: { readonly size: number; readonly logger: Logger }) {
    this.#size = size;
    this.#logger = logger;
    this.#fill();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** How many are currently held. */
  get held(): number {
    return this.#held.length;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#release();
  }

  #look(): void {
    const one = open();
    if (one === undefined) {
      if (this.#held.length > 0)
        this.#logger.warn("file descriptors are used up, the reserve is released", {
          reserve: this.#held.length,
        });
      this.#release();
      return;
    }
    closeSync(one);
    if (performance.now() >= this.#fillAtMs) this.#fill();
  }

  /** All or nothing: a partial reserve would only take descriptors that others may need. */
  #fill(): void {
    while (this.#held.length < this.#size) {
      const one = open();
      if (one === undefined) {
        this.#release();
        return;
      }
      this.#held.push(one);
    }
  }

  #release(): void {
    for (const one of this.#held.splice(0)) closeSync(one);
    this.#fillAtMs = performance.now() + RECOVER_MS;
  }
}

function open(): number | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch {
    return undefined;
  }
}
