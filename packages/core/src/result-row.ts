/** Why an item has no output. */
export interface ItemError {
  readonly code: string;
  readonly message: string;
  /** Number of attempts that included the item. */
  readonly attempts: number;
  /** What the predictor added, any JSON value. */
  readonly details?: unknown;
}

/**
 * One line of a job's output, without the line break. `idJson` and `outputJson` are JSON texts, used unchanged. Rows of
 * both kinds start with `{"index":N,"id":` so that readers can get the index without parsing the rest.
 */
export function outputRow(index: number, idJson: string, outputJson: string): string {
  return `{"index":${index},"id":${idJson},"output":${outputJson}}`;
}

/** The line of a failed item, without the line break. */
export function errorRow(index: number, idJson: string, error: ItemError): string {
  const { code, message, attempts, details } = error;
  return `{"index":${index},"id":${idJson},"error":${JSON.stringify({ code, message, attempts, details })}}`;
}

/** The index of a result row. */
export function rowIndex(row: string): number {
  return Number.parseInt(row.slice('{"index":'.length), 10);
}

/** True when the row is an error row. */
export function isErrorRow(row: string): boolean {
  // An id may contain any text, but quotes inside it are escaped, so the key only matches outside the id.
  return /^\{"index":\d+,"id":(?:null|"(?:[^"\\]|\\.)*"|[^,"]+),"error":/.test(row);
}
