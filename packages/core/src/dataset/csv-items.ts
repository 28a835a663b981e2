import type { Buffer } from "node:buffer";
import { parse } from "csv-parse/sync";
import { CSV_OPTIONS } from "./csv-records.ts";

/** A record made into an item, and where its bytes end. */
export interface CsvItem {
  readonly text: string;
  readonly end: number;
}

/**
 * Makes items of whole records: objects of header to string, in the header's order.
 * Returns undefined when the bytes are not records of these columns.
 */
export function csvItems(bytes: Buffer, columns: readonly string[]): readonly CsvItem[] | undefined {
  const keys = columns.map((name) => JSON.stringify(name));
  const items: CsvItem[] = [];
  try {
    parse(bytes, {
      ...CSV_OPTIONS,
      on_record: (fields: string[], info: { readonly bytes: number }) => {
        if (fields.length !== keys.length) throw new RangeError("ragged record");
        items.push({ text: objectText(keys, fields), end: info.bytes });
      },
    });
  } catch {
    return undefined;
  }
  return items;
}

/** Written by hand: an object would put columns named like numbers first, and lose one named `__proto__`. */
function objectText(keys: readonly string[], fields: readonly string[]): string {
  let text = "{";
  for (let i = 0; i < keys.length; i += 1) {
    text += `${i === 0 ? "" : ","}${keys[i]}:${JSON.stringify(fields[i])}`;
  }
  return `${text}}`;
}
