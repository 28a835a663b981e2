import { memo } from "preact/compat";
import type { NumberedLine } from "../state/log-buffer.ts";
import { inlineJson } from "../text/pretty-json.ts";
import { timeOfDay } from "../text/times.ts";

/** Characters of a line that are rendered: some programs print a whole model into one line. */
const MAX_CHARS = 2_000;

export const LogLine = memo(function LogLine({ line }: { readonly line: NumberedLine }) {
  const { isContinued, level, time, worker } = line;
  return (
    <div class={`log-line log-${level} ${isContinued ? "log-continued" : ""}`}>
      <time class="log-time" dateTime={time}>
        {timeOfDay(time)}
      </time>
      <span class="log-worker">{worker === null ? "service" : `worker ${worker}`}</span>
      <span class="log-level">{level === "info" ? "" : level}</span>
      <span class="log-text">{inlineJson(line.text, MAX_CHARS)}</span>
    </div>
  );
});
