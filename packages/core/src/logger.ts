/** Data of a log line: snake_case fields, never secrets. An `error` field may hold an Error. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The small logger that all code uses; winston is built only in `main.ts`. Messages are constant, data goes in fields.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger;
}

/** A logger that discards everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
