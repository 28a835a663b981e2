import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type RejectedLogEventsInfo,
} from "@aws-sdk/client-cloudwatch-logs";
import { type LogLine, MillraceError } from "@millrace/core";
import { awsErrorName } from "../aws/aws-errors.ts";
import { groupMissing, isMissing, patiently } from "./log-errors.ts";
import { type EncodedEvent, encodeLine } from "./log-lines.ts";
import { type LogStreamRegistry, newStreamName } from "./log-streams.ts";

/** Limits of one PutLogEvents, from its API reference. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;

export interface LogWriterOptions {
  readonly logGroup: string;
  readonly registry: LogStreamRegistry;
  readonly jobId: string;
  readonly worker: number | null;
  readonly patienceMs: number;
}

interface Append {
  readonly events: readonly EncodedEvent[];
  /** Number of events sent so far. */
  sent: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes the lines of one worker, in call order, to this process's own stream. */
export class LogWriter {
  readonly #logs: CloudWatchLogsClient;
  readonly #options: LogWriterOptions;
  readonly #stream: string;
  readonly #queue: Append[] = [];
  #isSending = false;
  #isOpen = false;
  #seq = 1;
  #lastTimestampMs = 0;

  constructor(logs: CloudWatchLogsClient, options: LogWriterOptions) {
    this.#logs = logs;
    this.#options = options;
    this.#stream = newStreamName(options.jobId, options.worker);
  }

  append(lines: readonly LogLine[]): Promise<void> {
    const events: EncodedEvent[] = [];
    for (const line of lines) {
      const encoded = encodeLine(line, { seq: this.#seq, worker: this.#options.worker });
      this.#seq += encoded.length;
      for (const event of encoded) events.push(event);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, sent: 0, resolve, reject });
      if (!this.#isSending) void this.#sendAll();
    });
  }

  /** Never throws: each append gets its own failure. */
  async #sendAll(): Promise<void> {
    this.#isSending = true;
    // Lines appended in the same turn of the event loop are sent together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const { events, appends } = this.#nextCall();
      try {
        await this.#send(events);
      } catch (error) {
        for (const append of appends) {
          append.reject(error);
          append.sent = append.events.length;
        }
      }
      while (this.#queue[0] && this.#queue[0].sent >= this.#queue[0].events.length) {
        this.#queue.shift()?.resolve();
      }
    }
    this.#isSending = false;
  }

  /** Takes as many events as one call may hold, from one append or several. */
  #nextCall(): { readonly events: readonly EncodedEvent[]; readonly appends: readonly Append[] } {
    const events: EncodedEvent[] = [];
    const appends: Append[] = [];
    let bytes = 0;
    for (const append of this.#queue) {
      for (; append.sent < append.events.length; append.sent += 1) {
        const event = append.events[append.sent] as EncodedEvent;
        if (events.length === MOST_EVENTS || bytes + event.bytes > MOST_BYTES) return { events, appends };
        events.push(event);
        if (appends.at(-1) !== append) appends.push(append);
        bytes += event.bytes;
      }
    }
    return { events, appends };
  }

  async #send(events: readonly EncodedEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.#open();
      await this.#put(events);
    } catch (error) {
      // The stream was deleted together with the job's lines: create it again.
      if (!(error instanceof MillraceError) || !isMissing(error.cause)) throw error;
      this.#isOpen = false;
      await this.#open();
      await this.#put(events);
    }
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return;
    const { logGroup, registry, jobId, worker } = this.#options;
    await this.#patiently(async () => {
      try {
        const command = new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName: this.#stream });
        await this.#logs.send(command);
      } catch (error) {
        if (isMissing(error)) throw groupMissing(logGroup, error);
        if (awsErrorName(error) !== "ResourceAlreadyExistsException") throw error;
      }
    });
    await registry.add(jobId, worker, this.#stream);
    this.#isOpen = true;
  }

  async #put(events: readonly EncodedEvent[]): Promise<void> {
    // The time of writing, since CloudWatch Logs rejects old times; later than the previous call's, to preserve the
    // order.
    const timestamp = Math.max(Date.now(), this.#lastTimestampMs + 1);
    this.#lastTimestampMs = timestamp;
    const command = new PutLogEventsCommand({
      logGroupName: this.#options.logGroup,
      logStreamName: this.#stream,
      logEvents: events.map(({ message }) => ({ timestamp, message })),
    });
    const { rejectedLogEventsInfo } = await this.#patiently(() => this.#logs.send(command));
    if (rejectedLogEventsInfo) throw this.#rejected(rejectedLogEventsInfo);
  }

  #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { jobId, patienceMs } = this.#options;
    return patiently(work, { doing: `write log lines of job "${jobId}"`, patienceMs });
  }

  #rejected(info: RejectedLogEventsInfo): MillraceError {
    const { jobId, logGroup } = this.#options;
    return new MillraceError(
      "backend_misconfigured",
      `Cannot write log lines of job "${jobId}": CloudWatch Logs rejected them as too old or too new; ` +
        `check this machine's clock and the retention of log group "${logGroup}"`,
      { details: { log_group: logGroup, log_stream: this.#stream, rejected: { ...info } } },
    );
  }
}
