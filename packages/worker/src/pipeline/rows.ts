import type { BatchDescriptor, Dataset, ItemError } from "@millrace/core";
import { errorRow, itemId, outputRow } from "@millrace/core";
import type { PredictOutput } from "../predictor-process/mod.ts";

/** The output rows of a batch, each ended by a line break. */
export function outputRows(
  batch: BatchDescriptor,
  options: {
    readonly items: readonly string[];
    readonly idsFrom: Dataset["kind"];
    readonly output: PredictOutput;
  },
): string {
  const { items, idsFrom, output } = options;
  let rows = "";
  for (const [i, item] of items.entries()) {
    const value = output.mode === "none" ? "null" : output.lines[output.mode === "items" ? i : 0];
    rows += `${outputRow(batch.first + i, itemId(idsFrom, item), value ?? "null")}\n`;
  }
  return rows;
}

/** The rows of a batch that failed permanently. `items` is absent if they could not be read; ids are then null. */
export function errorRows(
  batch: BatchDescriptor,
  options: {
    readonly items?: readonly string[];
    readonly idsFrom: Dataset["kind"];
    readonly error: ItemError;
  },
): string {
  const { items, idsFrom, error } = options;
  let rows = "";
  for (let i = 0; i < batch.count; i++) {
    const item = items?.[i];
    rows += `${errorRow(batch.first + i, item === undefined ? "null" : itemId(idsFrom, item), error)}\n`;
  }
  return rows;
}
