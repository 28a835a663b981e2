import type { FailureGroup, FailureGroupsResponse } from "@millrace/core/rest";
import { type JobAddress, jobPath } from "../api.ts";
import type { Loaded } from "../state/use-loaded.ts";
import { count, counted, percent } from "../text/numbers.ts";
import { inlineJson, prettyJson } from "../text/pretty-json.ts";
import { ProblemNote } from "./problem-note.tsx";
import { CodeBlock } from "./scroll-region.tsx";
import { TimeAgo } from "./time-ago.tsx";

/** What failed and why: one row per kind of error, largest first. */
export function FailuresSection(props: {
  readonly address: JobAddress;
  readonly failed: number;
  readonly groups: Loaded<FailureGroupsResponse>;
}) {
  const { value, error } = props.groups;
  return (
    <section class="card" aria-labelledby="failures">
      <div class="card-head">
        <h2 id="failures">
          Failures <span class="pill pill-bad">{count(props.failed)}</span>
        </h2>
        <a href={jobPath(props.address, "/failures")} download={`${props.address.jobId}-failures.ndjson`}>
          Download all failures
        </a>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      {value === undefined && error === undefined && <p class="quiet">Loading…</p>}
      {value?.groups.map((group, i) => (
        <Group
          key={`${group.code} ${group.type} ${group.message}`}
          group={group}
          ofItems={value.items}
          isOpen={i === 0}
        />
      ))}
      {value?.is_complete === false && (
        <p class="quiet">
          Groups of the first {counted(value.items, "failed item")}; download all failures to see the rest.
        </p>
      )}
    </section>
  );
}

function Group(props: { readonly group: FailureGroup; readonly ofItems: number; readonly isOpen: boolean }) {
  const { group, ofItems } = props;
  const last = group.example.attempts.at(-1);
  return (
    <details class="failure" open={props.isOpen}>
      <summary>
        <span class="failure-count">
          <b>{count(group.items)}</b>
          <span class="failure-share" aria-hidden="true">
            <span style={{ width: `${(100 * group.items) / ofItems}%` }} />
          </span>
          <span class="quiet">{percent(group.items, ofItems)}</span>
        </span>
        <span class="failure-message">{group.message}</span>
        <code class="failure-code">{group.code}</code>
      </summary>
      <div class="failure-body">
        <p class="failure-about">
          For example item <b>{count(group.example.index)}</b>
          {group.example.id !== null && (
            <>
              , id <code>{inlineJson(group.example.id)}</code>
            </>
          )}
          , after {counted(group.example.error.attempts, "attempt")}
          {last && (
            <>
              , the last by worker {last.worker}, <TimeAgo time={last.time} />
            </>
          )}
        </p>
        <h3>Error</h3>
        <p class="failure-error">{group.example.error.message}</p>
        <h3>Item</h3>
        <Payload payload={group.example.payload} />
        <h3>Traceback</h3>
        {last?.traceback ? (
          <CodeBlock label="Traceback">{last.traceback}</CodeBlock>
        ) : (
          <p class="quiet">This attempt has no traceback.</p>
        )}
      </div>
    </details>
  );
}

function Payload({ payload }: { readonly payload: unknown }) {
  if (payload === null || payload === undefined) return <p class="quiet">null, or no longer readable.</p>;
  const { text, hidden } = prettyJson(payload);
  return (
    <>
      <CodeBlock label="Item as JSON">{text}</CodeBlock>
      {hidden > 0 && <p class="quiet">{counted(hidden, "more character")} in the download.</p>}
    </>
  );
}
