import type { Phase } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { Stage } from "../predictor-process/mod.ts";
import type { Call } from "./call.ts";

/** Where a call is: in a stage, or waiting for one. */
interface Entry {
  stage: Stage | undefined;
  settled: Promise<void>;
}

/** What the predictor is doing while it has calls in these stages; the first one of them counts. */
const BUSY: readonly { readonly stage: Stage; readonly phase: Phase }[] = [
  { stage: "predict", phase: "predicting" },
  { stage: "preprocess", phase: "preprocessing" },
  { stage: "postprocess", phase: "postprocessing" },
];

/** The calls that the predictor holds, oldest first, and the worker's current phase, which follows from them. */
export class InFlight {
  readonly #context: Pick<RunContext, "sheet" | "slot">;
  readonly #calls = new Map<Call, Entry>();
  readonly #inStage: Record<Stage, number> = { preprocess: 0, predict: 0, postprocess: 0 };
  /** What the predictor is waiting for when it has nothing to do. */
  #lack: Phase = "loading";
  /** What the predictor is doing while it has calls. */
  #busy: Phase = "predicting";

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

  /** Makes a call, which starts in `stage` or waits for one; `make` resolves when the call is removed. */
  add(call: Call, stage: Stage | undefined, make: () => Promise<void>): void {
    if (this.size === 0) this.#context.sheet.lap(this.#lack);
    const entry: Entry = { stage, settled: Promise.resolve() };
    this.#calls.set(call, entry);
    if (stage) this.#inStage[stage] += 1;
    this.#see();
    entry.settled = make();
  }

  /** A call has entered a stage, or waits for the next one. */
  moved(call: Call, stage: Stage | undefined): void {
    const entry = this.#calls.get(call);
    if (!entry) return;
    if (entry.stage) this.#inStage[entry.stage] -= 1;
    if (stage) this.#inStage[stage] += 1;
    entry.stage = stage;
    this.#see();
  }

  remove(call: Call): void {
    const stage = this.#calls.get(call)?.stage;
    if (stage) this.#inStage[stage] -= 1;
    this.#calls.delete(call);
    if (this.size === 0) this.#context.sheet.lap(this.#busy);
    else this.#see();
  }

  /** Resolves when nothing is in flight. */
  async drained(): Promise<void> {
    while (this.size > 0) await Promise.all([...this.#calls.values()].map(({ settled }) => settled));
  }

  /** Records what the predictor lacks: if it has nothing to do, its time counts as this phase. */
  lacked(phase: Phase): void {
    this.#lack = phase;
    if (this.size === 0 && this.#context.slot.current) this.#context.sheet.lap(phase);
  }

  /** What the worker is doing now. */
  get phase(): Phase {
    if (this.size > 0) return this.#busy;
    return this.#context.slot.current ? this.#lack : "starting";
  }

  /** Ends a period of the predictor's work when it does something else; between two stages, nothing changes. */
  #see(): void {
    const busy = BUSY.find(({ stage }) => this.#inStage[stage] > 0)?.phase;
    if (busy === undefined || busy === this.#busy) return;
    this.#context.sheet.lap(this.#busy);
    this.#busy = busy;
  }
}
