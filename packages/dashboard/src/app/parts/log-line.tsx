import { memo } from "preact/compat";
import type { NumberedLine } from "../state/log-buffer.ts";
import { inlineJson } from "../text/pretty-json.ts";
import { timeOfDay } from "../text/times.ts";

/** Characters of one line that are drawn: some write a whole model into one. */
const MAX_CHARS = 2_000;

export const LogLine = memo(function LogLine({ line }: { readonly line: NumberedLine }) {
  return (
    <div class={`log-line log-${line.level}`}>
      <time class="log-time" dateTime={line.time}>
        {timeOfDay(line.time)}
      </time>
      <span class="log-worker">{line.worker === null ? "service" : `worker ${line.worker}`}</span>
      <span class="log-level">{line.level === "info" ? "" : line.level}</span>
      <span class="log-text">{inlineJson(line.text, MAX_CHARS)}</span>
    </div>
  );
});
