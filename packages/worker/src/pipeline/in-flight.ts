import type { Phase } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { Call } from "./call.ts";

/** The calls that the predictor holds, oldest first, and the worker's current phase, which follows from them. */
export class InFlight {
  readonly #context: Pick<RunContext, "sheet" | "slot">;
  readonly #calls = new Map<Call, Promise<void>>();
  /** What the predictor is waiting for when it has nothing to do. */
  #lack: Phase = "loading";

  constructor(context: Pick<RunContext, "sheet" | "slot">) {
    this.#context = context;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The call that the predictor has held longest. */
  get oldest(): Call | undefined {
    for (const oldest of this.#calls.keys()) return oldest;
    return undefined;
  }

  /**
   * Whether the predictor may get another call, up to `window` at once. While it has a suspect it gets none, so that a
   * crash can be attributed.
   */
  isOpen(window: number): boolean {
    return this.size < window && !this.#isAlone;
  }

  get #isAlone(): boolean {
    const { oldest } = this;
    return oldest !== undefined && (oldest.isAlone === true || oldest.batch.suspectAttempts !== undefined);
  }

  /** `settled` resolves when the call is removed. */
  add(call: Call, settled: Promise<void>): void {
    if (this.size === 0) this.#context.sheet.lap(this.#lack);
    this.#calls.set(call, settled);
  }

  remove(call: Call): void {
    this.#calls.delete(call);
    if (this.size === 0) this.#context.sheet.lap("predicting");
  }

  /** Resolves when nothing is in flight. */
  async drained(): Promise<void> {
    while (this.size > 0) await Promise.all(this.#calls.values());
  }

  /** Records what the predictor lacks: if it has nothing to do, its time counts as this phase. */
  lacked(phase: Phase): void {
    this.#lack = phase;
    if (this.size === 0 && this.#context.slot.current) this.#context.sheet.lap(phase);
  }

  /** What the worker is doing now. */
  get phase(): Phase {
    if (this.size > 0) return "predicting";
    return this.#context.slot.current ? this.#lack : "starting";
  }
}
