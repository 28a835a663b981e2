import type { WorkerStatus } from "@millrace/core/rest";
import { useState } from "preact/hooks";
import { selectWorkers, type WorkerColumn, type WorkerOrder, type WorkerRow } from "../state/worker-rows.ts";
import { count } from "../text/numbers.ts";
import { WORKER_STATUS_LOOKS } from "../text/statuses.ts";
import { Pager } from "./pager.tsx";
import { WorkerTable } from "./worker-table.tsx";

const PAGE = 50;
/** Columns that are sorted in descending order first. */
const LARGEST_FIRST: ReadonlySet<WorkerColumn> = new Set(["rate", "items", "attempts", "memory"]);

/** The job's workers; sorted and filtered here, since all of them are loaded. */
export function WorkersSection(props: {
  readonly rows: readonly WorkerRow[];
  readonly counts: Readonly<Partial<Record<WorkerStatus, number>>>;
}) {
  const [status, setStatus] = useState<WorkerStatus | "">("");
  const [order, setOrder] = useState<WorkerOrder>({ column: "worker", descending: false });
  const [page, setPage] = useState(0);
  const rows = selectWorkers(props.rows, { status, order });
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const current = Math.min(page, pages - 1);
  const sort = (column: WorkerColumn) => {
    const descending = order.column === column ? !order.descending : LARGEST_FIRST.has(column);
    setOrder({ column, descending });
    setPage(0);
  };
  return (
    <section class="card" aria-labelledby="workers">
      <div class="card-head">
        <h2 id="workers">
          Workers <span class="pill">{count(props.rows.length)}</span>
        </h2>
        <label class="field">
          <span class="visually-hidden">Workers by status</span>
          <select
            value={status}
            onChange={(event) => setStatus(event.currentTarget.value as WorkerStatus | "")}
          >
            <option value="">Any status ({count(props.rows.length)})</option>
            {(Object.keys(WORKER_STATUS_LOOKS) as WorkerStatus[]).map((each) => (
              <option key={each} value={each}>
                {WORKER_STATUS_LOOKS[each].word} ({count(props.counts[each] ?? 0)})
              </option>
            ))}
          </select>
        </label>
      </div>
      {rows.length === 0 ? (
        <p class="quiet">
          {props.rows.length === 0
            ? "Workers start when the job's batches are queued."
            : "No worker has this status."}
        </p>
      ) : (
        <WorkerTable rows={rows.slice(current * PAGE, (current + 1) * PAGE)} order={order} onSort={sort} />
      )}
      {pages > 1 && <Pager page={current} pages={pages} noun="workers" onPage={setPage} />}
    </section>
  );
}
