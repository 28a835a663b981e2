import { MillraceError } from "../errors.ts";

/** One mistake in a configuration file. */
export interface ConfigMistake {
  readonly offset: number | undefined;
  /** Name of the API it is in; omitted when the file has only one. */
  readonly api?: string;
  /** Path of the field, such as `predictor.path`; absent when the mistake concerns the whole file. */
  readonly field?: string;
  readonly message: string;
}

/** A mistake as listed in `details.errors` of `invalid_config`; lines and columns are 1-based. */
export interface ConfigErrorEntry {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly api?: string;
  readonly field?: string;
  readonly message: string;
}

/** Converts offsets into lines and columns. */
export type Positioner = (offset: number) => { readonly line: number; readonly column: number };

/** Mistakes beyond this are counted but not listed. */
const MAX_LISTED = 100;

/** One error with all mistakes of a file, in file order, one line each. */
export function configError(
  mistakes: readonly ConfigMistake[],
  context: { readonly file: string; readonly positionOf: Positioner },
): MillraceError {
  const { file } = context;
  const ordered = mistakes.toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  const errors = ordered.slice(0, MAX_LISTED).map(({ offset, ...mistake }): ConfigErrorEntry => {
    return { file, ...context.positionOf(offset ?? 0), ...mistake };
  });
  const lines = errors.map(({ line, column, api, field, message }) => {
    return [`${file}:${line}:${column}`, api, field, message].filter((part) => part !== undefined).join(": ");
  });
  const unlisted = mistakes.length - errors.length;
  if (unlisted > 0) lines.push(`${file}: ${unlisted} more errors`);
  const field = errors[0]?.field;
  return new MillraceError("invalid_config", lines.join("\n"), {
    details: { ...(field === undefined ? {} : { field }), errors },
  });
}
