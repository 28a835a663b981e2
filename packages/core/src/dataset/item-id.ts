import { isRawNumber, parseExactJson } from "@millrace/exact-json";
import type { Dataset } from "../job.ts";

/**
 * JSON text of an item's id: the path itself for `file_path_lister`, else the item's `custom_id` where it is an
 * object with one that is a string or a number, else `null`.
 */
export function itemId(datasetKind: Dataset["kind"], itemText: string): string {
  if (datasetKind === "file_path_lister") return itemText;
  // Parsing costs a thousand times more than looking.
  if (!itemText.includes('"custom_id"') || !itemText.trimStart().startsWith("{")) return "null";
  const { custom_id: id } = parseExactJson(itemText) as { readonly custom_id?: unknown };
  return typeof id === "string" || typeof id === "number" || isRawNumber(id) ? JSON.stringify(id) : "null";
}
