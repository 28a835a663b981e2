import type { Phase } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { ReadyBatch } from "./backlog.ts";

/** The batches that the predictor holds, in its order; and what the worker's time goes into, which follows from them. */
export class InFlight {
  readonly #context: Pick<RunContext, "sheet" | "slot">;
  readonly #batches = new Map<ReadyBatch, Promise<void>>();
  /** Why the predictor would have nothing to do. */
  #lack: Phase = "loading";

  constructor(context: Pick<RunContext, "sheet" | "slot">) {
    this.#context = context;
  }

  get size(): number {
    return this.#batches.size;
  }

  /** The one that the predictor has had for longest. */
  get oldest(): ReadyBatch | undefined {
    const [oldest] = this.#batches.keys();
    return oldest;
  }

  /**
   * Whether the predictor may get another batch, of `window` at once. Beside a suspect it gets none, so that it is clear
   * who ended the worker if it ends.
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

  /** It is found out what the predictor lacks: if it has nothing to do, that is what its time went into. */
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
