import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  forEachAtOnce,
  type LogPositions,
  type LogQuery,
  mergeLogs,
  type StoredLogLine,
} from "@millrace/core";
import { WorkerPosition } from "./log-positions.ts";
import { LogReader } from "./log-reader.ts";
import { isSafeJobId, type LogStreamRegistry } from "./log-streams.ts";

/** Memory used for merging: in total, and limits per stream. */
const PIECES = {
  totalBytes: 64 * 1024 * 1024,
  smallestPieceBytes: 1,
  largestPieceBytes: 1024 * 1024,
} as const;
/** Concurrent requests. */
const SEEKING = 8;

export interface JobStreamsOptions extends LogQuery {
  readonly logGroup: string;
  readonly registry: LogStreamRegistry;
  readonly jobId: string;
  readonly patienceMs: number;
}

/** The log streams of one job, as selected by a query. */
export class JobStreams {
  readonly #logs: CloudWatchLogsClient;
  readonly #options: JobStreamsOptions;
  readonly #readers = new Map<string, LogReader>();
  readonly #positions = new Map<number | null, WorkerPosition>();

  /** @throws {MillraceError} invalid_request for a malformed position */
  constructor(logs: CloudWatchLogsClient, options: JobStreamsOptions) {
    this.#logs = logs;
    this.#options = options;
    for (const [worker, position] of options.after ?? []) {
      this.#positions.set(worker, WorkerPosition.parse(position));
    }
  }

  /** Number of streams found so far. */
  get size(): number {
    return this.#readers.size;
  }

  /** Finds new streams. Order: the service's first, then workers by number; streams of one worker by age. */
  async refresh(): Promise<void> {
    const { jobId, registry, workers, logGroup, patienceMs, sinceMs } = this.#options;
    if (!isSafeJobId(jobId)) return;
    const listed = (await registry.list(jobId))
      .filter(({ worker }) => !workers || workers.includes(worker))
      .sort((a, b) => (a.worker ?? -1) - (b.worker ?? -1) || (a.stream < b.stream ? -1 : 1));
    for (const { worker, stream } of listed) {
      if (this.#readers.has(stream)) continue;
      const after = this.#positions.get(worker)?.placeIn(stream);
      const options = { logGroup, stream, worker, patienceMs, sinceMs, after };
      this.#readers.set(stream, new LogReader(this.#logs, options));
    }
  }

  /** Moves each stream to before its last `lines` lines. */
  async seekLast(lines: number): Promise<LogPositions> {
    await this.refresh();
    const seek = async (reader: LogReader) => {
      const place = await reader.seekLast(lines, this.#options.signal);
      if (place !== undefined) this.#positionOf(reader.worker).set(place);
    };
    await forEachAtOnce(this.#readers.values(), seek, { atOnce: SEEKING });
    return new Map([...this.#positions].map(([worker, position]) => [worker, String(position)]));
  }

  /** The lines up to the current end of the streams, merged by time. */
  async *lines(): AsyncGenerator<StoredLogLine> {
    const { sinceMs = Number.NEGATIVE_INFINITY, signal } = this.#options;
    for await (const line of mergeLogs([...this.#readers.values()], { ...PIECES, signal })) {
      const position = this.#positionOf(line.worker);
      position.set(line.position);
      if (line.timeMs >= sinceMs) yield { ...line, position: String(position) };
    }
  }

  #positionOf(worker: number | null): WorkerPosition {
    const known = this.#positions.get(worker) ?? new WorkerPosition();
    this.#positions.set(worker, known);
    return known;
  }
}
