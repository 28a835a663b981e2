import {
  type BatchDescriptor,
  type Dataset,
  errorRow,
  type ItemError,
  itemId,
  outputRow,
} from "@millrace/core";

/** What came of an item, for good: its output as JSON text, or why it has none. */
export type ItemOutcome = { readonly output: string } | { readonly error: ItemError };

/** The outcomes of a batch's items, which are settled one by one. */
export class ItemOutcomes {
  /** Time that the predictor took for the items so far. */
  predictMs = 0;
  readonly #outcomes: (ItemOutcome | undefined)[];
  #open: number;

  constructor(count: number) {
    this.#outcomes = new Array<undefined>(count).fill(undefined);
    this.#open = count;
  }

  /** Settles an item. Returns true when it was the last one. */
  settle(position: number, outcome: ItemOutcome): boolean {
    if (this.#outcomes[position]) return false;
    this.#outcomes[position] = outcome;
    this.#open -= 1;
    return this.#open === 0;
  }

  /** The positions of the items without an output, with their errors. */
  failed(): readonly { readonly position: number; readonly error: ItemError }[] {
    return this.#outcomes.flatMap((outcome, position) =>
      outcome && "error" in outcome ? [{ position, error: outcome.error }] : [],
    );
  }

  /** The rows of the batch once all items are settled, each ended by a line break. */
  rows(
    { first }: BatchDescriptor,
    { items, idsFrom }: { readonly items: readonly string[]; readonly idsFrom: Dataset["kind"] },
  ): string {
    let rows = "";
    for (const [position, outcome] of this.#outcomes.entries()) {
      if (!outcome) throw new TypeError(`Cannot write the rows of a batch: item ${position} is not settled`);
      const id = itemId(idsFrom, items[position] as string);
      const index = first + position;
      rows += `${"output" in outcome ? outputRow(index, id, outcome.output) : errorRow(index, id, outcome.error)}\n`;
    }
    return rows;
  }
}
