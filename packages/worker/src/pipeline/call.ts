import { batchId, type ItemRange, type Lease } from "@millrace/core";
import type { ItemOutcomes } from "./item-outcomes.ts";

/** A leased batch whose items are in memory, as JSON texts. */
export interface ReadyBatch {
  readonly lease: Lease;
  readonly items: readonly string[];
  /** The two halves of the batch, for bisection; requires count >= 2. */
  readonly halves: () => readonly [Lease["batch"], Lease["batch"]];
  /**
   * Set when an earlier worker had the batch and its outcome is unknown: the batch may have crashed that worker, so it
   * is predicted alone. The value is the number of attempts so far.
   */
  readonly suspectAttempts?: number;
  /** The suspect has been charged: its first call was made. */
  isCharged?: true;
  /** What came of single items, once the batch is not settled as a whole any more. */
  outcomes?: ItemOutcomes;
}

/** What the predictor is asked at once. */
export interface Call {
  readonly batch: ReadyBatch;
  /** The items, by their position in the batch; absent: all of them. */
  readonly positions?: readonly number[];
  /** A predictor died while it had this call and others: it is made again with no other beside it. */
  readonly isAlone?: boolean;
}

/** The range from the first to the last item of a call. */
export function rangeOf({ batch, positions }: Call): ItemRange {
  const { first, count } = batch.lease.batch;
  const [from = 0, to = count - 1] = positions ? [positions[0], positions.at(-1)] : [];
  return { first: first + from, count: to - from + 1 };
}

/** The id of the items of a call. */
export function callId(call: Call): string {
  return batchId(rangeOf(call));
}

/** The positions of a call's items in their batch. */
export function positionsOf({ batch, positions }: Call): readonly number[] {
  return positions ?? batch.items.map((_, position) => position);
}

export function countOf({ batch, positions }: Call): number {
  return (positions ?? batch.items).length;
}

export function isSuspect({ batch, isAlone }: Call): boolean {
  return isAlone === true || batch.suspectAttempts !== undefined;
}

export function itemsOf({ batch, positions }: Call): readonly string[] {
  return positions ? positions.map((position) => batch.items[position] as string) : batch.items;
}
