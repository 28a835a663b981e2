/** One line of a job's log. */
export interface LogLine {
  readonly timeMs: number;
  readonly level: "debug" | "info" | "warn" | "error";
  /** The worker that wrote it; null: the service (for example when enqueuing or stopping). */
  readonly worker: number | null;
  /** Batch id, if the line belongs to one. */
  readonly batch?: string;
  readonly text: string;
}

/** A line as read back from the log. */
export interface StoredLogLine extends LogLine {
  /**
   * Where its worker's log continues after this line: unique among the worker's lines, made of the characters
   * `A-Z a-z 0-9 . _ -`.
   */
  readonly position: string;
}

/** For each worker (null: the service), the position of the last line that was seen. */
export type LogPositions = ReadonlyMap<number | null, string>;

export interface LogQuery {
  /** Only lines of these workers; null stands for the service. @default all */
  readonly workers?: readonly (number | null)[] | undefined;
  /** Only lines after these positions; for workers not listed, all lines. @throws {MillraceError} invalid_request */
  readonly after?: LogPositions | undefined;
  /** Only lines from this time on, by the writer's clock. */
  readonly sinceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LogFollowQuery extends LogQuery {
  readonly signal: AbortSignal;
  /** After this aborts, following ends as soon as a full pass finds no new line. */
  readonly ending?: AbortSignal | undefined;
}

/** Log lines of jobs. A job without lines is empty; that is never an error. */
export interface LogStore {
  append(jobId: string, worker: number | null, lines: readonly LogLine[]): Promise<void>;
  /** All lines so far, merged by time; each worker's lines stay in order. */
  read(jobId: string, query?: LogQuery): AsyncIterable<StoredLogLine>;
  /** All lines so far, then new ones as they arrive, until `signal` aborts. Includes workers that start later. */
  follow(jobId: string, query: LogFollowQuery): AsyncIterable<StoredLogLine>;
  /** Positions after which only the last `lines` lines of all workers together follow. */
  beforeLast(jobId: string, lines: number, query?: LogQuery): Promise<LogPositions>;
  /** Deletes the job's lines. */
  delete(jobId: string): Promise<void>;
}
