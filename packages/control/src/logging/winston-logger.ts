import { type LogFields, type Logger, type LogLine, loggerLine } from "@millrace/core";
import winston from "winston";

/** Core's logger on winston: one JSON object per line on stderr. Built only by the `main.ts` files. */
export function createWinstonLogger(level: string): Logger {
  const target = winston.createLogger({
    level,
    // The line is complete: winston's own JSON sorts the keys and prints an Error as `{}`.
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
  return wrap(target, {});
}

function wrap(target: winston.Logger, bound: LogFields): Logger {
  const log = (level: LogLine["level"]) => (text: string, fields?: LogFields) => {
    if (!target.isLevelEnabled(level)) return;
    const line = { timeMs: Date.now(), level, text, fields: { ...bound, ...fields } };
    target.log({ level, message: loggerLine(line) });
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    child: (fields) => wrap(target, { ...bound, ...fields }),
  };
}
