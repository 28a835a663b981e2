import type { JobStatus, WorkerStatus } from "@millrace/core/rest";
import { JOB_STATUS_LOOKS, type Tone, WORKER_STATUS_LOOKS } from "../text/statuses.ts";

export function JobStatusBadge({ status }: { readonly status: JobStatus }) {
  const { tone, word } = JOB_STATUS_LOOKS[status];
  return <Badge tone={tone} word={word} />;
}

export function WorkerStatusBadge({ status }: { readonly status: WorkerStatus }) {
  const { tone, word } = WORKER_STATUS_LOOKS[status];
  return <Badge tone={tone} word={word} />;
}

function Badge({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return (
    <span class={`status tone-${tone}`}>
      <ToneIcon tone={tone} />
      {word}
    </span>
  );
}

/** One shape per tone: ring, turning arc, check, triangle, cross. */
export function ToneIcon({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`tone-icon tone-icon-${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  );
}

const SHAPES = {
  quiet: <circle cx="8" cy="8" r="5.5" />,
  busy: (
    <>
      <circle class="tone-icon-track" cx="8" cy="8" r="5.5" />
      <path d="M8 2.5A5.5 5.5 0 0 1 13.5 8" />
    </>
  ),
  good: (
    <>
      <circle class="tone-icon-fill" cx="8" cy="8" r="7" />
      <path class="tone-icon-mark" d="m4.9 8.3 2.1 2.1 4.1-4.6" />
    </>
  ),
  warning: (
    <>
      <path class="tone-icon-fill" d="M8 1.2 15.3 14H.7Z" />
      <path class="tone-icon-mark" d="M8 6v3.6M8 11.4v.6" />
    </>
  ),
  bad: (
    <>
      <rect class="tone-icon-fill" x="1.5" y="1.5" width="13" height="13" rx="3" />
      <path class="tone-icon-mark" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />
    </>
  ),
} as const;
