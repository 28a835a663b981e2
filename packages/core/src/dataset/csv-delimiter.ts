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

export interface FoundDelimiter {
  /** Absent when the file is ambiguous. */
  readonly delimiter?: string;
  /** What else it could be, if anything: completes the sentence "Its columns …". */
  readonly doubt?: string;
  /** True when there are several columns, and every record has as many fields as the header. */
  readonly fits: boolean;
  /** Records after the header. */
  readonly records: number;
}

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
 * Finds the delimiter of a CSV file from its first records: the one that divides each of them into the same number of
 * fields, two or more. If several do, the one with the most fields; two with equally many make the file ambiguous. If
 * none does, the one that divides the header into the most fields, so that the record that does not fit is reported.
 * The delimiter that the file's name shows wins whenever it fits.
 */
export function findDelimiter(sample: Buffer, options: FindDelimiterOptions): FoundDelimiter {
  const { named } = options;
  const candidates = [...new Set([...(named ? [named] : []), ...Object.keys(DELIMITERS)])].filter(
    (delimiter) => delimiter !== options.quote && delimiter !== options.comment,
  );
  const shapes = candidates.map((delimiter) => shapeOf(sample, { ...options, delimiter }));
  const fitting = shapes.filter(({ fits }) => fits);
  const byName = fitting.find(({ delimiter }) => delimiter === named);
  if (byName) return byName;
  const [best, ...others] = (fitting.length > 0 ? fitting : shapes).sort((a, b) => b.columns - a.columns);
  if (!best) throw new TypeError("Cannot find a delimiter: every candidate is the quote or the comment");
  const { delimiter, fits, records } = best;
  if (fitting.length < 2) return { delimiter, fits, records };
  const doubt = `may be separated by ${[best, ...others].map(nameShape).join(" or by ")}`;
  const isAmbiguous = records > 0 && others[0]?.columns === best.columns;
  return { ...(!isAmbiguous && { delimiter }), doubt, fits, records };
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
