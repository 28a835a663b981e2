/** How the records of a CSV file are written. */
export interface CsvDialect {
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character, or empty: quotes are text. */
  readonly quote: string;
  /** One ASCII character: lines that start with it are skipped. Empty: there are no comments. */
  readonly comment: string;
}

export const RFC_4180: CsvDialect = { delimiter: ",", quote: '"', comment: "" };

/** The delimiters that are detected, and their names in messages. The first is the default. */
export const DELIMITERS: Readonly<Record<string, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": '"|"',
  // Hive's.
  "\u0001": "the byte 0x01",
};

export function delimiterName(delimiter: string): string {
  return DELIMITERS[delimiter] ?? JSON.stringify(delimiter);
}

/** The dialect whose unusual parts are stored. */
export function dialectOf({ delimiter, quote, comment }: Partial<CsvDialect>): CsvDialect {
  return {
    delimiter: delimiter ?? RFC_4180.delimiter,
    quote: quote ?? RFC_4180.quote,
    comment: comment ?? RFC_4180.comment,
  };
}
