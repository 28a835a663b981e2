import type { JobSummary } from "@millrace/core";
import { formatCount, formatTime } from "./format.ts";
import type { Output } from "./output.ts";
import type { Column } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "JOB" },
  { title: "API" },
  { title: "STATUS" },
  { title: "DONE", align: "right" },
  { title: "TOTAL", align: "right" },
  { title: "FAILED", align: "right" },
  { title: "WORKERS", align: "right" },
  { title: "CREATED" },
];

/** Prints one line per job. */
export function printJobTable(output: Output, jobs: readonly JobSummary[]): void {
  output.table(
    COLUMNS,
    jobs.map((job) => [
      job.job_id,
      job.api_name,
      output.status(job.status),
      formatCount(job.items.succeeded + job.items.failed),
      job.items.total === null ? "-" : formatCount(job.items.total),
      formatCount(job.items.failed),
      String(job.workers),
      formatTime(job.created_time),
    ]),
  );
}
