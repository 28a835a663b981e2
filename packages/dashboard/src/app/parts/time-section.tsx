import type { JobStatusView, TimeView } from "@millrace/core/rest";
import { timeParts } from "../state/time-parts.ts";
import { duration } from "../text/durations.ts";
import { percent } from "../text/numbers.ts";

/** Where the workers' time went, and what would make the job faster. */
export function TimeSection({ job }: { readonly job: JobStatusView }) {
  return (
    <section class="card" aria-labelledby="time">
      <h2 id="time">Where the time went</h2>
      {job.time === null ? (
        <p class="quiet">Known once a worker has reported.</p>
      ) : (
        <TimeBar time={job.time} />
      )}
      {job.advice !== null && (
        <p class="advice">
          <span class="advice-mark" aria-hidden="true">
            →
          </span>
          {job.advice}
        </p>
      )}
    </section>
  );
}

function TimeBar({ time }: { readonly time: TimeView }) {
  const parts = timeParts(time);
  return (
    <>
      <div class="time-bar" aria-hidden="true">
        {parts
          .filter(({ seconds }) => seconds > 0)
          .map(({ phase, word, seconds, ofSeconds }) => (
            <span
              key={phase}
              class={`time-part phase-${phase}`}
              style={{ flexGrow: seconds / ofSeconds }}
              title={`${word}: ${percent(seconds, ofSeconds)}`}
            />
          ))}
      </div>
      <dl class="time-legend">
        {parts.map(({ phase, word, meaning, seconds, ofSeconds }) => (
          <div key={phase} class={seconds > 0 ? "" : "time-none"}>
            <dt>
              <span class={`swatch phase-${phase}`} aria-hidden="true" />
              {word} <span class="time-meaning">{meaning}</span>
            </dt>
            <dd>
              <b>{percent(seconds, ofSeconds)}</b> <span class="time-seconds">{duration(seconds)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
