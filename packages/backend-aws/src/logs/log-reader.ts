import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LogLine } from "@millrace/core";
import { isMissing, patiently } from "./log-errors.ts";
import { LineDecoder } from "./log-lines.ts";
import type { LineSource } from "./log-merge.ts";

/** The most of one GetLogEvents. */
const MOST_EVENTS = 10_000;
/** Assumed until a page was seen. */
const FIRST_EVENT_BYTES = 512;

export interface LogReaderOptions {
  readonly logGroup: string;
  readonly stream: string;
  readonly worker: number | null;
  readonly patienceMs: number;
}

interface Page {
  readonly messages: readonly string[];
  readonly bytes: number;
  readonly token: string | undefined;
}

/** Reads one stream forward, and goes on later where it ended. */
export class LogReader implements LineSource {
  readonly #logs: CloudWatchLogsClient;
  readonly #options: LogReaderOptions;
  readonly #decoder: LineDecoder;
  #token: string | undefined;
  #eventBytes = FIRST_EVENT_BYTES;

  constructor(logs: CloudWatchLogsClient, options: LogReaderOptions) {
    this.#logs = logs;
    this.#options = options;
    this.#decoder = new LineDecoder(options.worker);
  }

  async next({ bytes, signal }: { readonly bytes: number; readonly signal?: AbortSignal | undefined }) {
    let limit = Math.max(1, Math.min(MOST_EVENTS, Math.floor(bytes / this.#eventBytes)));
    for (;;) {
      const page = await this.#page(limit, signal);
      if (!page) return undefined;
      const count = page.messages.length;
      if (count > 0) this.#eventBytes = Math.max(1, page.bytes / count);
      // Longer lines than the ones before: ask for fewer, as 1,000 streams may be held at once.
      if (count > 1 && page.bytes > 2 * bytes) {
        limit = Math.max(1, Math.floor(bytes / this.#eventBytes));
        continue;
      }
      // A page may be empty while there are more: the end is where the token repeats.
      const isEnd = page.token === undefined || page.token === this.#token;
      this.#token = page.token ?? this.#token;
      const lines: readonly LogLine[] = this.#decoder.decode(page.messages);
      if (lines.length > 0) return lines;
      if (isEnd) return undefined;
    }
  }

  async #page(limit: number, signal: AbortSignal | undefined): Promise<Page | undefined> {
    const { logGroup, stream, patienceMs } = this.#options;
    const command = new GetLogEventsCommand({
      logGroupName: logGroup,
      logStreamName: stream,
      startFromHead: true,
      limit,
      ...(this.#token !== undefined && { nextToken: this.#token }),
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
    const messages = (answer.events ?? []).map(({ message = "" }) => message);
    const bytes = messages.reduce((sum, message) => sum + message.length, 0);
    return { messages, bytes, token: answer.nextForwardToken };
  }
}
