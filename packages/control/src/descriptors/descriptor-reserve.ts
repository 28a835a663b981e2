import { closeSync, openSync } from "node:fs";
import type { Logger } from "@millrace/core";

const LOOK_MS = 250;
/** Time for others to let go before the reserve is filled again. */
const RECOVER_MS = 5_000;

/**
 * Descriptors that are open to nothing, and closed as soon as no other can be opened: so the service can still accept, answer
 * and write job files when something of its process has used up the rest. It is filled again when there is room.
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

  /** How many are held now. */
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
        this.#logger.warn("file descriptors are used up, the reserve is given", {
          reserve: this.#held.length,
        });
      this.#release();
      return;
    }
    closeSync(one);
    if (performance.now() >= this.#fillAtMs) this.#fill();
  }

  /** All or nothing: a part of it would only take from others what they may need. */
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
