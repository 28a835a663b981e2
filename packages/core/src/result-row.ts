/** Why an item has no output. */
export interface ItemError {
  readonly code: string;
  readonly message: string;
  /** Attempts the item took part in. */
  readonly attempts: number;
}

/**
 * One line of a job's output, without the line break. `idJson` and `outputJson` are JSON texts, used as they are.
 * Rows of both kinds start with `{"index":N,"id":` so that readers may take the index without parsing the rest.
 */
export function outputRow(index: number, idJson: string, outputJson: string): string {
  return `{"index":${index},"id":${idJson},"output":${outputJson}}`;
}

/** The line of an item that failed, without the line break. */
export function errorRow(index: number, idJson: string, error: ItemError): string {
  const { code, message, attempts } = error;
  return `{"index":${index},"id":${idJson},"error":${JSON.stringify({ code, message, attempts })}}`;
}

/** The index of a result row. */
export function rowIndex(row: string): number {
  return Number.parseInt(row.slice('{"index":'.length), 10);
}

/** True when the row is an error row. */
export function isErrorRow(row: string): boolean {
  // An id may hold any text, but a quote inside it is escaped: the key only matches outside of it.
  return /^\{"index":\d+,"id":(?:null|"(?:[^"\\]|\\.)*"|[^,"]+),"error":/.test(row);
}
