import { memo } from "preact/compat";
import type { WorkerColumn, WorkerOrder, WorkerRow } from "../state/worker-rows.ts";
import { bytes, count, counted, rate } from "../text/numbers.ts";
import { inlineJson } from "../text/pretty-json.ts";
import { WorkerStatusBadge } from "./status-badge.tsx";
import { WorkerTime } from "./worker-time.tsx";

const COLUMNS: readonly {
  readonly title: string;
  readonly column?: WorkerColumn;
  readonly isNumber?: boolean;
}[] = [
  { title: "Worker", column: "worker" },
  { title: "State", column: "status" },
  { title: "Batch" },
  { title: "Items/s", column: "rate", isNumber: true },
  { title: "Items", column: "items", isNumber: true },
  { title: "Failed tries", column: "attempts", isNumber: true },
  { title: "Peak memory", column: "memory", isNumber: true },
  { title: "Time" },
];

/** A page of workers. There is a GPU column only if some worker has a GPU. */
export function WorkerTable(props: {
  readonly rows: readonly WorkerRow[];
  readonly order: WorkerOrder;
  readonly onSort: (column: WorkerColumn) => void;
}) {
  const hasGpus = props.rows.some(({ view }) => view.gpus !== null && view.gpus.length > 0);
  return (
    <table class="table table-cards workers">
      <caption class="visually-hidden">Workers</caption>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <Heading key={column.title} {...column} order={props.order} onSort={props.onSort} />
          ))}
          {hasGpus && <th scope="col">GPU</th>}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <Row key={row.view.worker} row={row} hasGpus={hasGpus} />
        ))}
      </tbody>
    </table>
  );
}

function Heading(props: {
  readonly title: string;
  readonly column?: WorkerColumn;
  readonly isNumber?: boolean;
  readonly order: WorkerOrder;
  readonly onSort: (column: WorkerColumn) => void;
}) {
  const { title, column, order } = props;
  const look = props.isNumber ? "number" : "";
  if (column === undefined) {
    return (
      <th scope="col" class={look}>
        {title}
      </th>
    );
  }
  const isSorted = order.column === column;
  const direction = order.descending ? "descending" : "ascending";
  return (
    <th scope="col" class={look} aria-sort={isSorted ? direction : "none"}>
      <button type="button" class="sort" onClick={() => props.onSort(column)}>
        {title}
        <span class="sort-mark" aria-hidden="true">
          {isSorted ? (order.descending ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}

/** Rendered again only when the worker changed. */
const Row = memo(function Row({ row, hasGpus }: { readonly row: WorkerRow; readonly hasGpus: boolean }) {
  const { view } = row;
  return (
    <tr>
      <th scope="row" class="card-title">
        {view.worker}
      </th>
      <td data-label="State" class="cell-wide">
        <WorkerStatusBadge status={view.status} />
        {view.restarts > 0 && <span class="quiet block">{counted(view.restarts, "restart")}</span>}
        {view.reason !== null && <span class="worker-reason">{inlineJson(view.reason, 300)}</span>}
      </td>
      <td data-label="Batch" class="cell-wide mono">
        {view.batch ?? <span class="quiet">–</span>}
      </td>
      <td data-label="Items/s" class="number">
        {row.rate === undefined ? <span class="quiet">–</span> : rate(row.rate)}
      </td>
      <td data-label="Items" class="number">
        {count(view.succeeded_items + view.failed_items)}
        {view.failed_items > 0 && <span class="bad block">{count(view.failed_items)} failed</span>}
      </td>
      <td data-label="Failed tries" class="number">
        {view.failed_attempts === 0 ? <span class="quiet">0</span> : count(view.failed_attempts)}
      </td>
      <td data-label="Peak memory" class="number">
        {view.peak_memory_bytes === null ? <span class="quiet">–</span> : bytes(view.peak_memory_bytes)}
      </td>
      <td data-label="Time">
        {view.time === null ? <span class="quiet">–</span> : <WorkerTime time={view.time} />}
      </td>
      {hasGpus && <td data-label="GPU">{view.gpus?.join(", ") || <span class="quiet">–</span>}</td>}
    </tr>
  );
});
