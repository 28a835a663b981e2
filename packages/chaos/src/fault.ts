import type { Need, Target } from "./target.ts";

/** A fault that was injected. */
export interface Injected {
  /** What it affected, in a few words. */
  readonly what: string;
  /** Undoes it; called once, after {@link Fault.holdMs} or when the job is over. */
  readonly heal?: () => Promise<void>;
}

/** One kind of failure. */
export interface Fault {
  readonly needs: readonly Need[];
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** Maximum number in a schedule, per 1,000 faults. @default no limit */
  readonly mostOfThousand?: number;
  /** How long it lasts before it is undone. @default nothing to undo */
  readonly holdMs?: number;
  /** `draw`, 0 <= draw < 1, selects one of several targets. Returns undefined if there was no target. */
  inject(target: Target, draw: number): Promise<Injected | undefined>;
}
