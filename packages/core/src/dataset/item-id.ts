import { isRawNumber, parseExactJson } from "@millrace/exact-json";
import type { Dataset } from "../job.ts";

/**
 * JSON text of an item's id: the path for `file_path_lister`; otherwise the item's `custom_id` if the item is an object
 * and its `custom_id` is a string or number; otherwise `null`.
 */
export function itemId(datasetKind: Dataset["kind"], itemText: string): string {
  if (datasetKind === "file_path_lister") return itemText;
  // Parsing costs a thousand times more than this check.
  if (!itemText.includes('"custom_id"') || !itemText.trimStart().startsWith("{")) return "null";
  const { custom_id: id } = parseExactJson(itemText) as { readonly custom_id?: unknown };
  return typeof id === "string" || typeof id === "number" || isRawNumber(id) ? JSON.stringify(id) : "null";
}
