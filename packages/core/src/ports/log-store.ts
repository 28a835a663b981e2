/** One line of a job's log. */
export interface LogLine {
  readonly timeMs: number;
  readonly level: "debug" | "info" | "warn" | "error";
  /** The worker that wrote it; null: the service (enqueuing, stopping, …). */
  readonly worker: number | null;
  /** Batch id, where the line belongs to one. */
  readonly batch?: string;
  readonly text: string;
}

export interface LogQuery {
  /** Only this worker's lines; null: only the service's. @default all */
  readonly worker?: number | null;
  readonly signal?: AbortSignal;
}

/** Log lines of jobs. A job without lines is empty, never an error. */
export interface LogStore {
  append(jobId: string, worker: number | null, lines: readonly LogLine[]): Promise<void>;
  /** All lines so far: each worker's in order, the workers merged by time. */
  read(jobId: string, query?: LogQuery): AsyncIterable<LogLine>;
  /** All lines so far, then new ones as they come, until `signal` aborts. New workers are picked up. */
  follow(jobId: string, query: LogQuery & { readonly signal: AbortSignal }): AsyncIterable<LogLine>;
  /** Forgets the job's lines. */
  delete(jobId: string): Promise<void>;
}
