import { batchId, type Lease } from "@millrace/core";
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

/** The id of the items of a call: the batch's, or that of its first item. */
export function callId({ batch, positions }: Call): string {
  const { batch: range } = batch.lease;
  const [position] = positions ?? [];
  return batchId(position === undefined ? range : { first: range.first + position, count: 1 });
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
