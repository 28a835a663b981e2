import type { LogLineView, LogPositionsView } from "@millrace/core/rest";
import { isClientError } from "./client-error.ts";
import { delay } from "./delay.ts";
import type { CallOptions } from "./http.ts";
import { parseJson } from "./read-answer.ts";
import { type ServerSentEvent, serverSentEvents } from "./server-sent-events.ts";

/** The service sends something every 15 s: a connection that is silent for longer is dead. */
const SILENCE_MS = 45_000;
/** How long to wait for a service that does not answer, for example while it restarts. */
const AWAY_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface FollowLogsOptions extends CallOptions {
  /** Called each time the connection is lost, before reconnecting. */
  readonly onLost?: ((error: unknown) => void) | undefined;
  /** How long a connection may be silent. @default 45000 */
  readonly silenceMs?: number | undefined;
  /** How long the service may be unreachable. @default 60000 */
  readonly awayMs?: number | undefined;
}

/** Where a connection starts. */
export interface LogStart {
  /** Value of the header `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  /** The position of the requested `tail` is known: do not search for it again. */
  readonly isTailKnown: boolean;
  readonly signal: AbortSignal;
}

/** Opens the stream of server-sent events. @throws {ClientError} */
export type OpenLogs = (start: LogStart) => Promise<Response>;

/**
 * Yields log lines as they arrive, until the job is over. Reconnects when the connection is lost or silent for too
 * long, and continues after each worker's last line, so that no line is lost or duplicated.
 *
 * @throws {ClientError} when the service rejects the request, is unreachable from the start, or stays unreachable
 */
export async function* followLogs(
  open: OpenLogs,
  options: FollowLogsOptions = {},
): AsyncGenerator<LogLineView> {
  const { signal, onLost, awayMs = AWAY_MS } = options;
  const place = new LogPlace();
  let pauseMs = FIRST_PAUSE_MS;
  let lastHeardMs: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const connection = new Connection(options);
    let lost: unknown;
    try {
      const response = await open({ ...place.start(), signal: connection.signal });
      for await (const event of serverSentEvents(response, { onLine: connection.heard })) {
        if (event.event === "end") return;
        const line = place.take(event, response);
        if (!line) continue;
        connection.isHeld = true;
        yield line;
        connection.isHeld = false;
        connection.heard();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!connection.isSilent && !mayPass(error)) throw error;
      lost = error;
    } finally {
      connection.close();
    }
    if (connection.lastHeardMs !== undefined) {
      lastHeardMs = connection.lastHeardMs;
      pauseMs = FIRST_PAUSE_MS;
    }
    if (lost !== undefined && (lastHeardMs === undefined || performance.now() - lastHeardMs > awayMs))
      throw lost;
    onLost?.(lost);
    await delay(pauseMs * (0.5 + Math.random() / 2), signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
  }
}

/** What was read so far, by worker. */
class LogPlace {
  readonly #positions = new Map<string, string>();
  #isTailKnown = false;

  start(): Omit<LogStart, "signal"> {
    const ids = [...this.#positions].map(([worker, position]) => `${worker}:${position}`);
    return { lastEventId: ids.length > 0 ? ids.join(",") : undefined, isTailKnown: this.#isTailKnown };
  }

  /** The line of an event, if it has one. */
  take({ event, data, id }: ServerSentEvent, response: Response): LogLineView | undefined {
    if (event === "positions") {
      for (const one of parseJson<LogPositionsView>(data, response).positions) this.#see(one);
      this.#isTailKnown = true;
    }
    if (event !== "log") return undefined;
    if (id !== undefined) this.#see(id);
    return parseJson<LogLineView>(data, response);
  }

  #see(id: string): void {
    const colon = id.indexOf(":");
    this.#positions.set(id.slice(0, colon), id.slice(colon + 1));
  }
}

/** One connection, closed when it is silent for too long or the caller's signal aborts. */
class Connection {
  readonly #cut = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly signal: AbortSignal;
  isSilent = false;
  /** While the consumer processes a line, nothing is read, so silence does not count. */
  isHeld = false;
  lastHeardMs: number | undefined;

  constructor({ signal, silenceMs = SILENCE_MS }: FollowLogsOptions) {
    this.signal = signal ? AbortSignal.any([signal, this.#cut.signal]) : this.#cut.signal;
    const startedMs = performance.now();
    // One interval for all lines: resetting a timer for each of 10,000 lines a second would cost more than reading
    // them.
    this.#timer = setInterval(() => {
      if (this.isHeld || performance.now() - (this.lastHeardMs ?? startedMs) < silenceMs) return;
      this.isSilent = true;
      this.#cut.abort();
    }, silenceMs / 3);
  }

  readonly heard = (): void => {
    this.lastHeardMs = performance.now();
  };

  close(): void {
    clearInterval(this.#timer);
    this.#cut.abort();
  }
}

function mayPass(error: unknown): boolean {
  if (!isClientError(error)) return false;
  return error.code === "unreachable" || (error.status !== undefined && error.status >= 500);
}
