import type { Draw } from "./draws.ts";
import type { FaultKind } from "./fault-kinds.ts";

export interface FaultParts {
  readonly kind: FaultKind;
  readonly draw: Draw;
  /** For `delay`. */
  readonly delayMs: number;
  /** True for one that a test asked for, which is to be done as soon as it can be. */
  readonly isInjected: boolean;
  readonly count: () => void;
  /** Another request is to have it. */
  readonly giveBack: () => void;
}

/** A fault that is to be done to one request; given back when the request turns out not to allow it. */
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

  /** It will be done, but later. */
  take(): void {
    this.#isTaken = true;
  }

  /** It is being done: call before the client can know. */
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
