import type { LogLine, LogLineView } from "@millrace/core";
import { timeView } from "./time-view.ts";

export function logLineView(line: LogLine): LogLineView {
  return {
    time: timeView(line.timeMs),
    level: line.level,
    worker: line.worker,
    batch: line.batch ?? null,
    text: line.text,
  };
}
