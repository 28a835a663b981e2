import type { LogFields } from "../logger.ts";
import type { LogLine } from "../ports/log-store.ts";
import { describeError } from "./describe-error.ts";

/**
 * The first fields of every log line, in this order: in a job's log, the service's log, and a worker process's own log.
 * Lines of the latter two have further fields.
 */
export interface LogRecord {
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly level: LogLine["level"];
  readonly api: string | null;
  readonly job_id: string | null;
  /** null: the service itself. */
  readonly worker: number | null;
  readonly batch: string | null;
  readonly text: string;
}

export interface LogRecordFields {
  readonly timeMs: number;
  readonly level: LogLine["level"];
  readonly api?: string | undefined;
  readonly jobId?: string | undefined;
  readonly worker?: number | null | undefined;
  readonly batch?: string | undefined;
  readonly text: string;
}

export function logRecord(line: LogRecordFields): LogRecord {
  const { timeMs, level, api = null, jobId = null, worker = null, batch = null, text } = line;
  return { time: new Date(timeMs).toISOString(), level, api, job_id: jobId, worker, batch, text };
}

export interface LoggerLine {
  readonly timeMs: number;
  readonly level: LogLine["level"];
  readonly text: string;
  readonly fields: LogFields;
}

/**
 * A logger's line as JSON, with errors in its fields expanded. Never throws: fields that are not valid JSON are
 * described instead.
 */
export function loggerLine({ timeMs, level, text, fields }: LoggerLine): string {
  const { api, job_id, worker, batch, ...further } = fields;
  const record = logRecord({
    timeMs,
    level,
    ...(typeof api === "string" && { api }),
    ...(typeof job_id === "string" && { jobId: job_id }),
    ...(typeof worker === "number" && { worker }),
    ...(typeof batch === "string" && { batch }),
    text,
  });
  try {
    // Spread twice: first to set the order of the keys, then to keep further fields from overriding them.
    return JSON.stringify({ ...record, ...further, ...record }, expand);
  } catch (error) {
    return JSON.stringify({ ...record, unwritable_fields: String(error) });
  }
}

function expand(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  return typeof value === "bigint" ? String(value) : value;
}
