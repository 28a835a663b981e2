import type { Need, Target } from "./target.ts";

/** A fault that was done. */
export interface Injected {
  /** To what, in a few words. */
  readonly what: string;
  /** Undoes it; called once, after {@link Fault.holdMs} or when the job is over. */
  readonly heal?: () => Promise<void>;
}

/** One way in which things go wrong. */
export interface Fault {
  readonly needs: readonly Need[];
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** How many of it a schedule has at most, of 1,000 faults. @default no limit */
  readonly mostOfThousand?: number;
  /** How long it lasts before it is healed. @default it needs no healing */
  readonly holdMs?: number;
  /** `draw`, 0 <= draw < 1, chooses among several targets. Undefined: there was nothing to do it to. */
  inject(target: Target, draw: number): Promise<Injected | undefined>;
}
