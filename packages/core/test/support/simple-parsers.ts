/** Parsers of the formats in as few lines as they can have, to compare ours with. Undefined: the text is malformed. */

/** The items of a JSON file: its values, or the elements of an array of objects that is its only value. */
export function simpleJsonItems(bytes: Uint8Array): readonly string[] | undefined {
  const values = simpleJsonValues(bytes);
  const [only = ""] = values ?? [];
  if (values?.length !== 1 || !only.startsWith("[")) return values;
  const elements = simpleElements(only);
  return elements.every((element) => element.startsWith("{")) ? elements : values;
}

/** Texts of the elements of an array, which is JSON. */
function simpleElements(text: string): readonly string[] {
  const elements: string[] = [];
  let rest = text.slice(1, -1).trim();
  while (rest !== "") {
    let end = 1;
    while (!isJson(rest.slice(0, end)) || !/^\s*(?:,|$)/.test(rest.slice(end))) end += 1;
    elements.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim().slice(1).trim();
  }
  return elements;
}

/** Texts of JSON values one after the other, as they are in `bytes`. */
function simpleJsonValues(bytes: Uint8Array): readonly string[] | undefined {
  const text = simpleText(bytes);
  if (text === undefined) return undefined;
  const values: string[] = [];
  let at = 0;
  for (;;) {
    while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at += 1;
    if (at === text.length) return values;
    const end = valueEnd(text, at);
    if (end === undefined) return undefined;
    values.push(text.slice(at, end));
    at = end;
  }
}

/** Numbers and words go on as long as they can; everything else ends at the first place where it is a value. */
function valueEnd(text: string, start: number): number | undefined {
  const word = /^[\w.+-]+/.exec(text.slice(start, start + 10_000))?.[0];
  if (word !== undefined) return isJson(word) ? start + word.length : undefined;
  for (let end = start + 1; end <= text.length; end += 1) {
    if ('"]}'.includes(text.charAt(end - 1)) && isJson(text.slice(start, end))) return end;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Records of a CSV file with its header, as RFC 4180 writes them, with any line end and with quotes as text in fields that do
 * not begin with one; lines without anything are none. The delimiter is the only one that makes several columns of a table
 * in which all records are equally long.
 */
export function simpleCsvRecords(bytes: Uint8Array): readonly (readonly string[])[] | undefined {
  const text = simpleText(bytes);
  if (text === undefined || text.includes("\0")) return undefined;
  const tables = [",", ";", "\t", "|", "\u0001"].map((delimiter) => splitCsv(text, delimiter));
  const columns = ({ records }: SplitCsv) => records[0]?.length ?? 0;
  const isTable = (table: SplitCsv) =>
    table.isWhole && columns(table) > 1 && table.records.every(({ length }) => length === columns(table));
  const [best, other] = tables.filter(isTable);
  if (best)
    return other && [best, other].some(({ records }) => records.length > 1) ? undefined : best.records;
  const [commas] = tables;
  return commas?.isWhole && tables.every((table) => columns(table) < 2) ? commas.records : undefined;
}

interface SplitCsv {
  readonly records: readonly (readonly string[])[];
  /** False when the text is malformed after the last field of the last record. */
  readonly isWhole: boolean;
}

function splitCsv(text: string, delimiter: string): SplitCsv {
  const escaped = delimiter === "|" ? "\\|" : delimiter;
  const field = new RegExp(`^(?:"((?:[^"]|"")*)"|((?!")[^${escaped}\\r\\n]*))(?=${escaped}|\\r|\\n|$)`);
  let rest = text;
  const records: string[][] = [];
  let record: string[] = [];
  while (rest !== "" || record.length > 0) {
    if (record.length === 0 && /^[\r\n]/.test(rest)) {
      rest = rest.slice(1);
      continue;
    }
    const [whole, quoted, plain = ""] = field.exec(rest) ?? [];
    record.push(quoted?.replaceAll('""', '"') ?? plain);
    if (whole === undefined) return { records: [...records, record], isWhole: false };
    rest = rest.slice(whole.length);
    if (rest.startsWith(delimiter)) {
      rest = rest.slice(1);
      continue;
    }
    records.push(record);
    record = [];
  }
  return { records, isWhole: true };
}

/** Lines of a text; undefined when it is not UTF-8 or has a NUL. */
export function simpleTextLines(bytes: Uint8Array): readonly string[] | undefined {
  const text = simpleText(bytes);
  if (text === undefined || text.includes("\0")) return undefined;
  const lines = text.split("\n").map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, "") : line));
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function simpleText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
