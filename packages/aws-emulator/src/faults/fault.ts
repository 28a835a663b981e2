import type { Draw } from "./draws.ts";
import type { FaultKind } from "./fault-kinds.ts";

export interface FaultParts {
  readonly kind: FaultKind;
  readonly draw: Draw;
  /** For `delay`. */
  readonly delayMs: number;
  /** True for one that a test requested; it happens as soon as possible. */
  readonly isInjected: boolean;
  readonly count: () => void;
  /** Passes it on to another request. */
  readonly giveBack: () => void;
}

/** A fault for one request; returned when the request turns out not to allow it. */
export class Fault {
  readonly kind: FaultKind;
  readonly draw: Draw;
  readonly delayMs: number;
  readonly isInjected: boolean;
  readonly #count: () => void;
  readonly #giveBack: () => void;
  #isTaken = false;

  constructor({ kind, draw, delayMs, isInjected, count, giveBack }: FaultParts) {
    this.kind = kind;
    this.draw = draw;
    this.delayMs = delayMs;
    this.isInjected = isInjected;
    this.#count = count;
    this.#giveBack = giveBack;
  }

  /** Reserves it: it will happen later. */
  take(): void {
    this.#isTaken = true;
  }

  /** Call when it happens, before the client can notice. */
  done(): void {
    this.take();
    this.#count();
  }

  /** Call when the request is over. */
  release(): void {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#giveBack();
  }
}
