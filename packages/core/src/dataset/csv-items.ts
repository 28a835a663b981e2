import { type Buffer, isAscii } from "node:buffer";
import { type CsvDialect, RFC_4180 } from "./csv-dialect.ts";
import { CsvScanner, MisplacedQuoteError } from "./csv-scanner.ts";

/** A record converted to an item, and where its bytes end. */
export interface CsvItem {
  readonly text: string;
  readonly end: number;
}

export interface CsvRecord {
  readonly fields: readonly string[];
  /** Position after its line end. */
  readonly end: number;
}

/**
 * Converts whole records to items: objects of header to string, in header order. Returns undefined when the bytes are
 * not records with these columns.
 */
export function csvItems(
  bytes: Buffer,
  { columns, dialect }: { readonly columns: readonly string[]; readonly dialect?: CsvDialect },
): readonly CsvItem[] | undefined {
  const keys = columns.map((name) => JSON.stringify(name));
  const records = csvRecords(bytes, dialect);
  if (records?.some(({ fields }) => fields.length !== keys.length)) return undefined;
  return records?.map(({ fields, end }) => ({ text: objectText(keys, fields), end }));
}

/** The records in bytes that start and end at record boundaries; undefined when they are not CSV. */
export function csvRecords(bytes: Buffer, dialect: CsvDialect = RFC_4180): readonly CsvRecord[] | undefined {
  const scanner = new CsvScanner({ keepsBounds: true, dialect });
  const fieldText = fieldReader(bytes, dialect);
  const records: CsvRecord[] = [];
  let at = scanner.skipToRecord(bytes, 0);
  try {
    while (at < bytes.length) {
      let end = scanner.scan(bytes, at);
      if (end < 0) {
        if (!scanner.finish(bytes.length)) return undefined;
        end = bytes.length;
      }
      const { bounds } = scanner;
      const fields: string[] = [];
      for (let i = 0; i < bounds.length; i += 2) {
        fields.push(fieldText(bounds[i] as number, bounds[i + 1] as number));
      }
      records.push({ fields, end });
      at = scanner.skipToRecord(bytes, end);
    }
  } catch (error) {
    if (error instanceof MisplacedQuoteError) return undefined;
    throw error;
  }
  return records;
}

/** Reads the text of a field at `[start, end)`, including its quotes. */
function fieldReader(bytes: Buffer, { quote }: CsvDialect): (start: number, end: number) => string {
  // In ASCII, byte positions equal character positions, and slicing one string is cheaper than many decodes.
  const ascii = isAscii(bytes) ? bytes.toString("latin1") : undefined;
  const cut = (start: number, end: number) => ascii?.slice(start, end) ?? bytes.toString("utf8", start, end);
  if (quote === "") return cut;
  const quoteByte = quote.charCodeAt(0);
  return (start, end) => {
    if (bytes[start] !== quoteByte || start === end) return cut(start, end);
    const text = cut(start + 1, end - 1);
    // A function, because "$" has a meaning in a replacement.
    return text.includes(quote) ? text.replaceAll(quote + quote, () => quote) : text;
  };
}

/** Built by hand: an object would move numeric column names to the front and lose a column named `__proto__`. */
function objectText(keys: readonly string[], fields: readonly string[]): string {
  let text = "{";
  for (let i = 0; i < keys.length; i += 1) {
    text += `${i === 0 ? "" : ","}${keys[i]}:${JSON.stringify(fields[i])}`;
  }
  return `${text}}`;
}
