import type { Phase } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { ReadyBatch } from "./backlog.ts";

/** The batches that the predictor holds, in its order, and the worker's current phase, which follows from them. */
export class InFlight {
  readonly #context: Pick<RunContext, "sheet" | "slot">;
  readonly #batches = new Map<ReadyBatch, Promise<void>>();
  /** What the predictor is waiting for when it has nothing to do. */
  #lack: Phase = "loading";

  constructor(context: Pick<RunContext, "sheet" | "slot">) {
    this.#context = context;
  }

  get size(): number {
    return this.#batches.size;
  }

  /** The batch that the predictor has held longest. */
  get oldest(): ReadyBatch | undefined {
    const [oldest] = this.#batches.keys();
    return oldest;
  }

  /**
   * Whether the predictor may get another batch, up to `window` at once. While it has a suspect it gets none, so that a
   * crash can be attributed.
   */
  isOpen(window: number): boolean {
    return this.size < window && this.oldest?.suspectAttempts === undefined;
  }

  /** `settled` resolves when the batch is removed. */
  add(batch: ReadyBatch, settled: Promise<void>): void {
    if (this.size === 0) this.#context.sheet.lap(this.#lack);
    this.#batches.set(batch, settled);
  }

  remove(batch: ReadyBatch): void {
    this.#batches.delete(batch);
    if (this.size === 0) this.#context.sheet.lap("predicting");
  }

  /** Resolves when nothing is in flight. */
  async drained(): Promise<void> {
    while (this.size > 0) await Promise.all(this.#batches.values());
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
