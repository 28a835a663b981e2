import type { JobStatus } from "@millrace/core/rest";
import { parseExactJson } from "@millrace/exact-json";
import { useState } from "preact/hooks";
import { firstResults, type JobAddress, jobPath } from "../api.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { inlineJson } from "../text/pretty-json.ts";
import { isOver } from "../text/statuses.ts";
import { ProblemNote } from "./problem-note.tsx";
import { ScrollRegion } from "./scroll-region.tsx";

const ROWS = 20;

/** The first rows of the results. */
export function ResultsSection(props: {
  readonly address: JobAddress;
  readonly status: JobStatus;
  /** At least one item has an output. */
  readonly hasSome: boolean;
}) {
  const [again, setAgain] = useState(0);
  const key = props.hasSome || isOver(props.status) ? `${isOver(props.status)} ${again}` : undefined;
  const { value, error } = useLoaded(key, (signal) => firstResults(props.address, ROWS, signal));
  return (
    <section class="card" aria-labelledby="results">
      <div class="card-head">
        <h2 id="results">First results</h2>
        <span class="card-actions">
          {!isOver(props.status) && value !== undefined && (
            <button type="button" class="button button-plain" onClick={() => setAgain(again + 1)}>
              Refresh
            </button>
          )}
          <a href={jobPath(props.address, "/results")} download={`${props.address.jobId}.ndjson`}>
            Download results
          </a>
        </span>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      {value === undefined && error === undefined && (
        <p class="quiet">Shown once the first batch is finished.</p>
      )}
      {value?.length === 0 && <p class="quiet">No results.</p>}
      {value !== undefined && value.length > 0 && <ResultTable lines={value} />}
    </section>
  );
}

interface ResultRow {
  readonly index: number;
  readonly id: unknown;
  readonly output?: unknown;
  readonly error?: { readonly message: string };
}

function ResultTable({ lines }: { readonly lines: readonly string[] }) {
  const rows = lines.map((line) => parseExactJson(line) as ResultRow);
  const hasIds = rows.some(({ id }) => id !== null);
  return (
    <ScrollRegion class="scroll" label="First results">
      <table class="table table-cards results">
        <thead>
          <tr>
            <th scope="col" class="number">
              Item
            </th>
            {hasIds && <th scope="col">Id</th>}
            <th scope="col">Output</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.index}>
              <th scope="row" class="number card-title">
                {row.index}
              </th>
              {hasIds && (
                <td data-label="Id" class="cell-wide mono">
                  {inlineJson(row.id)}
                </td>
              )}
              <td data-label="Output" class="cell-wide mono results-output">
                {row.error ? <span class="bad">{row.error.message}</span> : inlineJson(row.output, 400)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
