export interface ParquetErrorOptions {
  /** Dotted path of the column at fault. */
  readonly column?: string;
  /** True if the bytes end inside a struct: it might be readable with more of them. @default false */
  readonly isCutOff?: boolean;
  readonly cause?: unknown;
}

/** The file cannot be read; the message explains why to the person who created the file. */
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

/** The error for inconsistent bytes. */
export function damaged(what: string): ParquetError {
  return new ParquetError(`its bytes are damaged: ${what}`);
}
