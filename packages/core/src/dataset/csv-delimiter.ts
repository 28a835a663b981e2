import type { Buffer } from "node:buffer";
import { type CsvDialect, DELIMITERS, delimiterName } from "./csv-dialect.ts";
import { CsvScanner, MisplacedQuoteError } from "./csv-scanner.ts";

/** Records that are examined, with the header. */
const RECORDS = 100;

export interface FindDelimiterOptions extends Pick<CsvDialect, "quote" | "comment"> {
  /** True when the bytes are the whole file. */
  readonly isWhole: boolean;
  /** The delimiter that the file's name shows, if any. */
  readonly named?: string | undefined;
}

/** What the first records show. */
export type FoundDelimiter =
  | {
      readonly delimiter: string;
      /** True when the records are a table: several columns, and at least two records after the header. */
      readonly isTable: boolean;
    }
  /** Several delimiters are possible: completes the sentence "its columns may be separated by …". */
  | { readonly delimiter: undefined; readonly choices: string };

/** What a delimiter makes of the first records. */
interface Shape {
  readonly delimiter: string;
  /** Fields of the header. */
  readonly columns: number;
  /** True when there are several columns and every record has as many fields as the header. */
  readonly fits: boolean;
  /** Records after the header. */
  readonly records: number;
}

/**
 * Finds the delimiter of a CSV file from its first records: the only one that divides each of them into the same number
 * of fields, two or more. If none does, the one that divides the header into the most fields, so that the record that
 * does not fit is reported. The delimiter that the file's name shows wins whenever it fits.
 */
export function findDelimiter(sample: Buffer, options: FindDelimiterOptions): FoundDelimiter {
  const { named } = options;
  const candidates = [...new Set([...(named ? [named] : []), ...Object.keys(DELIMITERS)])].filter(
    (delimiter) => delimiter !== options.comment,
  );
  const shapes = candidates.map((delimiter) => shapeOf(sample, { ...options, delimiter }));
  const fitting = shapes.filter(({ fits }) => fits);
  // The named delimiter is the first candidate.
  const isNamed = named !== undefined && fitting[0]?.delimiter === named;
  // Without records, the columns of a header make no difference.
  const isAmbiguous = !isNamed && fitting.length > 1 && fitting.some(({ records }) => records > 0);
  if (isAmbiguous) return { delimiter: undefined, choices: fitting.map(nameShape).join(" or by ") };
  const most = shapes.reduce((best, shape) => (shape.columns > best.columns ? shape : best));
  const { delimiter, fits, records } = fitting[0] ?? most;
  return { delimiter, isTable: fits && records > 1 };
}

function nameShape({ delimiter, columns }: Shape): string {
  return `${delimiterName(delimiter)} (${columns} columns)`;
}

function shapeOf(
  sample: Buffer,
  { delimiter, quote, comment, isWhole }: FindDelimiterOptions & { readonly delimiter: string },
): Shape {
  const scanner = new CsvScanner({ dialect: { delimiter, quote, comment } });
  const counts: number[] = [];
  let isRegular = true;
  let at = scanner.skipToRecord(sample, 0);
  try {
    while (at < sample.length && counts.length < RECORDS) {
      let end = scanner.scan(sample, at);
      if (end < 0) {
        // The rest of the record is not in the sample.
        if (!isWhole && counts.length > 0) break;
        const isClosed = scanner.finish(sample.length);
        isRegular = isClosed && isWhole;
        end = sample.length;
        if (!isClosed) {
          counts.push(scanner.fields + 1);
          break;
        }
      }
      counts.push(scanner.fields);
      at = scanner.skipToRecord(sample, end);
    }
  } catch (error) {
    if (!(error instanceof MisplacedQuoteError)) throw error;
    counts.push(scanner.fields + 1);
    isRegular = false;
  }
  const columns = counts[0] ?? 0;
  const fits = isRegular && columns > 1 && counts.every((count) => count === columns);
  return { delimiter, columns, fits, records: counts.length - 1 };
}
