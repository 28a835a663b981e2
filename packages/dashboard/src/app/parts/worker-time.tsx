import type { TimeView } from "@millrace/core/rest";
import { timeParts } from "../state/time-parts.ts";
import { percent } from "../text/numbers.ts";

/** One worker's time as a small bar. */
export function WorkerTime({ time }: { readonly time: TimeView }) {
  const parts = timeParts(time).filter(({ seconds }) => seconds > 0);
  const said = parts
    .map(({ word, seconds, ofSeconds }) => `${word} ${percent(seconds, ofSeconds)}`)
    .join(", ");
  return (
    <span class="worker-time" role="img" aria-label={said} title={said}>
      {parts.map(({ phase, seconds, ofSeconds }) => (
        <span key={phase} class={`time-part phase-${phase}`} style={{ flexGrow: seconds / ofSeconds }} />
      ))}
    </span>
  );
}
