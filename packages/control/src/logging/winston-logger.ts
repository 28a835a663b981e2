import type { LogFields, Logger } from "@millrace/core";
import winston from "winston";
import { expandErrors } from "./error-format.ts";

/** Core's logger on winston: one JSON object a line on stderr. Built only by the `main.ts` files. */
export function createWinstonLogger(level: string): Logger {
  const target = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
  return wrap(target, {});
}

function wrap(target: winston.Logger, bound: LogFields): Logger {
  const log = (level: string) => (message: string, fields?: LogFields) => {
    // The fields come first: none of them may replace the message.
    target.log({ ...expandErrors({ ...bound, ...fields }), level, message });
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    child: (fields) => wrap(target, { ...bound, ...fields }),
  };
}
