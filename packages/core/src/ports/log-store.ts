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

/** A line as it is read back. */
export interface StoredLogLine extends LogLine {
  /** Where its worker's log goes on after it: unique among the worker's lines, of characters `A-Z a-z 0-9 . _ -`. */
  readonly position: string;
}

/** By worker (null: the service), the position of its last line that was seen. */
export type LogPositions = ReadonlyMap<number | null, string>;

export interface LogQuery {
  /** Only lines of these workers; null among them: the service's. @default all */
  readonly workers?: readonly (number | null)[] | undefined;
  /** Each worker's lines after its position; of a worker that is not in it, all. @throws {MillraceError} invalid_request */
  readonly after?: LogPositions | undefined;
  /** Only lines from this time on, by the clock of their writer. */
  readonly sinceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LogFollowQuery extends LogQuery {
  readonly signal: AbortSignal;
  /** Once it has aborted, following ends as soon as a look at everything finds no new line. */
  readonly ending?: AbortSignal | undefined;
}

/** Log lines of jobs. A job without lines is empty, never an error. */
export interface LogStore {
  append(jobId: string, worker: number | null, lines: readonly LogLine[]): Promise<void>;
  /** All lines so far: each worker's in order, the workers merged by time. */
  read(jobId: string, query?: LogQuery): AsyncIterable<StoredLogLine>;
  /** All lines so far, then new ones as they come, until `signal` aborts. New workers are picked up. */
  follow(jobId: string, query: LogFollowQuery): AsyncIterable<StoredLogLine>;
  /** Positions after which only the last `lines` lines of all workers together come. */
  beforeLast(jobId: string, lines: number, query?: LogQuery): Promise<LogPositions>;
  /** Forgets the job's lines. */
  delete(jobId: string): Promise<void>;
}
