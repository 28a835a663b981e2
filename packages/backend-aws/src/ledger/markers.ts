import { type BatchDescriptor, type CommitOutcome, decodeRanges, encodeRanges } from "@millrace/core";
import type { Item } from "./table.ts";

/** Where a committed range's rows are: in the marker itself, or in part of an object that a group of ranges shares. */
export type RowsPlace =
  | { readonly text: string }
  | { readonly object: string; readonly start: number; readonly end: number; readonly objectBytes: number };

/** The outcome of one range. */
export interface Marker {
  readonly first: number;
  readonly count: number;
  /** A range that was split can never be committed whole. */
  readonly kind: "done" | "split";
  /** For a committed range: number of failed items. */
  readonly failedItems: number;
  /** The failed items where others did not fail; absent too if the list is too long for a marker. */
  readonly failed?: readonly BatchDescriptor[];
  readonly rows: RowsPlace;
}

/** An item has 400 KB at most, and a transaction of 100 markers 4 MB. */
const MAX_PARTS_CHARACTERS = 32 * 1024;

/** Attributes of a marker's item. Names are short, because there is a marker for each batch. */
export function markerAttributes(marker: Marker): Record<string, unknown> {
  const { kind, first, count, failedItems, failed, rows } = marker;
  const parts = failed && encodeRanges(failed);
  return {
    what: kind,
    first,
    count,
    ...(failedItems > 0 && { failed: failedItems }),
    ...(parts !== undefined && parts.length <= MAX_PARTS_CHARACTERS && { parts }),
    ...(kind === "done" && ("text" in rows ? { rows: rows.text } : placeAttributes(rows))),
  };
}

function placeAttributes(rows: Exclude<RowsPlace, { readonly text: string }>) {
  return { obj: rows.object, a: rows.start, b: rows.end, n: rows.objectBytes };
}

export function toMarker(item: Item): Marker {
  const rows: RowsPlace =
    item.obj === undefined
      ? { text: (item.rows as string | undefined) ?? "" }
      : {
          object: item.obj as string,
          start: item.a as number,
          end: item.b as number,
          objectBytes: item.n as number,
        };
  return {
    first: item.first as number,
    count: item.count as number,
    kind: item.what as Marker["kind"],
    failedItems: (item.failed as number | undefined) ?? 0,
    ...(item.parts !== undefined && { failed: decodeRanges(item.parts as string) }),
    rows,
  };
}

/** Outcome of a commit that found this item already there. */
export function outcomeAt(item: Item | undefined): CommitOutcome {
  return item?.what === "done" ? "duplicate" : "superseded";
}
