import { type LogFields, type Logger, type LogLine, loggerLine } from "@millrace/core";

/** A logger that writes one JSON object per line: without a logging library, the worker starts faster. */
export function jsonLogger(write: (line: string) => void, bound: LogFields = {}): Logger {
  const log = (level: LogLine["level"]) => (text: string, fields?: LogFields) =>
    write(`${loggerLine({ timeMs: Date.now(), level, text, fields: { ...bound, ...fields } })}\n`);
  return {
    debug: () => {},
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    child: (fields) => jsonLogger(write, { ...bound, ...fields }),
  };
}
