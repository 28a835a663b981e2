import { performance } from "node:perf_hooks";

/** If this process was busy, progress may be waiting in the pipe: it is read before the stall counts. */
const CONFIRM_MS = 25;

/** Notices when nothing moves for too long although there is something to do. */
export class StallWatch {
  readonly #limitMs: number;
  readonly #onStall: () => void;
  #movedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onStall: () => void) {
    this.#limitMs = limitMs;
    this.#onStall = onStall;
  }

  /** There is something to do, or something was done of it. */
  moved(): void {
    this.#movedAtMs = performance.now();
    if (this.#timer === undefined) this.#wait(this.#limitMs);
  }

  /** There is nothing to do. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number, isConfirming = false): void {
    this.#timer = setTimeout(() => this.#look(isConfirming), ms);
    this.#timer.unref();
  }

  #look(isConfirming: boolean): void {
    const leftMs = this.#movedAtMs + this.#limitMs - performance.now();
    // Timers may fire up to a millisecond early.
    if (leftMs > 1) this.#wait(leftMs);
    else if (isConfirming) this.#onStall();
    else this.#wait(CONFIRM_MS, true);
  }
}
