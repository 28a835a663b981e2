export interface ParquetErrorOptions {
  /** Dotted path of the column that is at fault. */
  readonly column?: string;
  /** True where bytes end inside of a struct: with more of them it might be read. @default false */
  readonly isCutOff?: boolean;
  readonly cause?: unknown;
}

/** The file cannot be read; the message says why, in words for the person who made the file. */
export class ParquetError extends Error {
  override readonly name = "ParquetError";
  readonly column: string | undefined;
  readonly isCutOff: boolean;

  constructor(message: string, options: ParquetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.column = options.column;
    this.isCutOff = options.isCutOff ?? false;
  }
}

/** What is thrown where the bytes contradict themselves. */
export function damaged(what: string): ParquetError {
  return new ParquetError(`its bytes are damaged: ${what}`);
}
