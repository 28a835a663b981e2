import type { ApiResponse, ApiView, JobStatusResponse, TimeView, WebhookDeliveryView } from "@millrace/core";
import { formatBatchTime, formatBytes, formatCount, formatRemaining, formatTime } from "./format.ts";
import { printJobTable } from "./job-table.ts";
import type { Output } from "./output.ts";
import { renderTable } from "./table.ts";

/** Prints one line per API. */
export function printApis(output: Output, apis: readonly ApiView[]): void {
  if (apis.length === 0) {
    output.line("no APIs; deploy one with: millrace deploy");
    return;
  }
  output.table(
    [
      { title: "API" },
      { title: "PREDICTOR" },
      { title: "VERSION" },
      { title: "ACTIVE JOBS", align: "right" },
      { title: "DEPLOYED" },
      { title: "ENDPOINT" },
    ],
    apis.map((api) => [
      api.name,
      api.predictor_type,
      api.api_id,
      String(api.active_jobs),
      formatTime(api.created_time),
      api.endpoint,
    ]),
  );
}

/** Prints one API and its recent jobs. */
export function printApi(output: Output, api: ApiResponse): void {
  printFields(output, [
    ["api", api.name],
    ["version", api.api_id],
    ["predictor", api.predictor_type],
    ["deployed", formatTime(api.created_time)],
    ["active jobs", String(api.active_jobs)],
    ["endpoint", api.endpoint],
  ]);
  output.line();
  if (api.recent_jobs.length === 0) output.line("no jobs yet");
  else printJobTable(output, api.recent_jobs);
}

/** Prints one job and its workers. */
export function printJob(output: Output, { job_status: job, metrics }: JobStatusResponse): void {
  const { items } = metrics;
  const total = items.total === null ? "total not known yet" : `${formatCount(items.total)} in total`;
  const labels = Object.entries(job.labels).map(([key, value]) => `${key}=${value}`);
  printFields(output, [
    ["job", job.job_id],
    ["api", `${job.api_name} (version ${job.api_id})`],
    ["status", output.status(job.status)],
    ...(job.status_reason === null ? [] : [["reason", job.status_reason.message] as const]),
    ...(job.waiting_for === null ? [] : [["waiting", job.waiting_for] as const]),
    ...(job.parent_job_id === null ? [] : [["retry of", job.parent_job_id] as const]),
    ["items", `${formatCount(items.succeeded)} succeeded, ${formatCount(items.failed)} failed, ${total}`],
    ["batches", batchText(job, metrics)],
    ...(labels.length === 0 ? [] : [["labels", labels.join(" ")] as const]),
    ...(job.remaining === null ? [] : [["time left", formatRemaining(job.remaining)] as const]),
    ...(job.time === null ? [] : [["time spent", timeText(job.time)] as const]),
    ...(job.advice === null ? [] : [["advice", job.advice] as const]),
    ...job.webhook_deliveries.map((delivery) => ["webhook", deliveryText(delivery)] as const),
    ["created", formatTime(job.created_time)],
    ["started", formatTime(job.start_time)],
    ["ended", formatTime(job.end_time)],
    ...(job.output === null ? [] : [["output", job.output.manifest] as const]),
  ]);
  if (job.worker_states.length === 0) return;
  output.line();
  output.table(
    [
      { title: "WORKER", align: "right" },
      { title: "STATUS" },
      { title: "SUCCEEDED", align: "right" },
      { title: "FAILED", align: "right" },
      { title: "RESTARTS", align: "right" },
      { title: "MEMORY", align: "right" },
      { title: "REASON" },
    ],
    job.worker_states.map((worker) => [
      String(worker.worker),
      output.status(worker.status),
      formatCount(worker.succeeded_items),
      formatCount(worker.failed_items),
      String(worker.restarts),
      worker.peak_memory_bytes === null ? "-" : formatBytes(worker.peak_memory_bytes),
      worker.reason ?? "",
    ]),
  );
}

/** Such as `82% predicting, 10% starting`: the relevant shares, largest first. */
function timeText(time: TimeView): string {
  const total = Object.values(time).reduce((sum, seconds) => sum + seconds, 0);
  if (total === 0) return "none yet";
  const shares = Object.entries(time).map(([phase, seconds]) => [phase, (100 * seconds) / total] as const);
  return shares
    .filter(([, percent]) => percent >= 1)
    .sort(([, a], [, b]) => b - a)
    .map(([phase, percent]) => `${Math.floor(percent)}% ${phase}`)
    .join(", ");
}

function deliveryText({ event, state, attempts, error }: WebhookDeliveryView): string {
  const tries = `${formatCount(attempts)} ${attempts === 1 ? "try" : "tries"}`;
  return `${event}: ${state} after ${tries}${error === null ? "" : ` (${error})`}`;
}

function batchText(job: JobStatusResponse["job_status"], metrics: JobStatusResponse["metrics"]): string {
  const mean =
    metrics.avg_time_per_batch === null ? "" : `, ${formatBatchTime(metrics.avg_time_per_batch)} each`;
  const { succeeded, failed } = metrics;
  const queued = job.batches_in_queue;
  const total = totalText(job.total_batch_count, succeeded + failed + queued);
  return `${formatCount(succeeded)} succeeded, ${formatCount(failed)} failed, ${formatCount(queued)} queued${total}${mean}`;
}

/** A failed batch is split and its parts count as batches, so there may be more than were enqueued. */
function totalText(total: number | null, parts: number): string {
  if (total === null) return "";
  return parts > total ? `, split from ${formatCount(total)}` : `, ${formatCount(total)} in total`;
}

function printFields(output: Output, fields: readonly (readonly [string, string])[]): void {
  const rows = fields.map(([name, value]) => [output.style("dim", `${name}:`), value]);
  for (const line of renderTable([{ title: "" }, { title: "" }], rows).slice(1)) output.line(line);
}
