import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LogSource, StoredLogLine } from "@millrace/core";
import { isMissing, patiently } from "./log-errors.ts";
import { type DecodedLine, LineDecoder, type ReadEvent } from "./log-lines.ts";
import { encodePlace, type StreamPlace } from "./log-positions.ts";

/** Maximum for one GetLogEvents. */
const MOST_EVENTS = 10_000;
/** Assumed until a page has been read. */
const FIRST_EVENT_BYTES = 512;

export interface LogReaderOptions {
  readonly logGroup: string;
  readonly stream: string;
  readonly worker: number | null;
  readonly patienceMs: number;
  /** Continues after this position. */
  readonly after?: StreamPlace | undefined;
  /** Skips what was written before. */
  readonly sinceMs?: number | undefined;
}

interface Page {
  readonly events: readonly ReadEvent[];
  readonly bytes: number;
  readonly forward: string | undefined;
  readonly backward: string | undefined;
}

interface PageQuery {
  readonly limit: number;
  readonly token: string | undefined;
  readonly fromHead: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Reads one stream forward; a later read continues where the last one ended. */
export class LogReader implements LogSource {
  readonly worker: number | null;
  readonly #logs: CloudWatchLogsClient;
  readonly #options: LogReaderOptions;
  #decoder: LineDecoder;
  #fromMs: number | undefined;
  #token: string | undefined;
  #eventBytes = FIRST_EVENT_BYTES;

  constructor(logs: CloudWatchLogsClient, options: LogReaderOptions) {
    const { worker, after, sinceMs } = options;
    this.#logs = logs;
    this.#options = options;
    this.worker = worker;
    // Lines are written after their time, by the same clock. A time that CloudWatch Logs rejects is before every event.
    const fromMs = Math.max(after?.fromMs ?? 0, sinceMs ?? 0);
    this.#fromMs = fromMs > 0 ? Math.floor(fromMs) : undefined;
    this.#decoder = new LineDecoder(worker, after?.seq);
  }

  async next({ bytes, signal }: { readonly bytes: number; readonly signal?: AbortSignal | undefined }) {
    let limit = Math.max(1, Math.min(MOST_EVENTS, Math.floor(bytes / this.#eventBytes)));
    for (;;) {
      const page = await this.#page({ limit, token: this.#token, fromHead: true, signal });
      if (!page) return undefined;
      const count = page.events.length;
      if (count > 0) this.#eventBytes = Math.max(1, page.bytes / count);
      // Lines are longer than before: request fewer, as 1,000 streams may be held at once.
      if (count > 1 && page.bytes > 2 * bytes) {
        limit = Math.max(1, Math.floor(bytes / this.#eventBytes));
        continue;
      }
      // A page may be empty although more follow: at the end, the token repeats.
      const isEnd = page.forward === undefined || page.forward === this.#token;
      this.#token = page.forward ?? this.#token;
      const lines = this.#decoder.decode(page.events);
      if (lines.length > 0) return lines.map((line) => this.#stored(line));
      if (isEnd) return undefined;
    }
  }

  /**
   * Moves to before the last `lines` of the remaining lines. @returns the position there, undefined at the beginning
   */
  async seekLast(lines: number, signal?: AbortSignal): Promise<string | undefined> {
    const { worker, after, stream } = this.#options;
    let events: ReadEvent[] = [];
    let token: string | undefined;
    for (;;) {
      const limit = Math.min(MOST_EVENTS, lines + 1);
      const page = await this.#page({ limit, token, fromHead: false, signal });
      if (!page) return undefined;
      events = [...page.events, ...events];
      const found = new LineDecoder(worker, after?.seq).decode(events);
      const last = found.at(-1 - lines);
      if (last) {
        this.#decoder = new LineDecoder(worker, last.seq);
        this.#fromMs = last.timestampMs;
        return encodePlace(stream, last);
      }
      if (page.backward === undefined || page.backward === token) return undefined;
      token = page.backward;
    }
  }

  #stored({ seq, timestampMs, ...line }: DecodedLine): StoredLogLine {
    return { ...line, position: encodePlace(this.#options.stream, { seq, timestampMs }) };
  }

  async #page({ limit, token, fromHead, signal }: PageQuery): Promise<Page | undefined> {
    const { logGroup, stream, patienceMs } = this.#options;
    const command = new GetLogEventsCommand({
      logGroupName: logGroup,
      logStreamName: stream,
      startFromHead: fromHead,
      limit,
      ...(this.#fromMs !== undefined && { startTime: this.#fromMs }),
      ...(token !== undefined && { nextToken: token }),
    });
    const answer = await patiently(
      async () => {
        try {
          return await this.#logs.send(command, signal ? { abortSignal: signal } : {});
        } catch (error) {
          if (isMissing(error)) return undefined; // Not written yet, or deleted.
          throw error;
        }
      },
      { doing: `read log stream "${stream}"`, patienceMs, signal },
    );
    if (!answer) return undefined;
    const events = (answer.events ?? []).map(({ message = "", timestamp = 0 }) => ({
      message,
      timestampMs: timestamp,
    }));
    const bytes = events.reduce((sum, { message }) => sum + message.length, 0);
    return { events, bytes, forward: answer.nextForwardToken, backward: answer.nextBackwardToken };
  }
}
