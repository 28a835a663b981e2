import type { LogLine } from "@millrace/core";

/** The largest event of CloudWatch Logs, and the overhead of each event besides its message. */
const EVENT_OVERHEAD_BYTES = 26;
const LARGEST_MESSAGE_BYTES = 256 * 1024 - EVENT_OVERHEAD_BYTES;
/** JSON takes at most 6 bytes per UTF-16 unit, so a piece and its fields always fit into one event. */
const PIECE_CHARACTERS = 40_000;

/** The first event of a line, as its message is stored in JSON. */
interface FirstEvent {
  /** Number of the event in its stream, from 1, so that an event that was sent twice is read once. */
  readonly seq: number;
  readonly time_ms: number;
  readonly level: LogLine["level"];
  /** For people who read the stream directly; our readers know the worker from the stream. */
  readonly worker: number | null;
  readonly batch?: string;
  readonly text: string;
  /** The text continues in the next event. */
  readonly more?: true;
}

/** A further event of a line whose text is too long for one. */
interface NextEvent {
  readonly seq: number;
  readonly text: string;
  readonly more?: true;
}

/** One event's message, and its size as CloudWatch Logs counts it. */
export interface EncodedEvent {
  readonly message: string;
  readonly bytes: number;
}

/** The events of a line; `seq` is the number of the first one. */
export function encodeLine(
  line: LogLine,
  { seq, worker }: { seq: number; worker: number | null },
): EncodedEvent[] {
  const { timeMs, level, batch, text } = line;
  const head = { time_ms: timeMs, level, worker, ...(batch !== undefined && { batch }) };
  const whole = encoded({ seq, ...head, text });
  if (whole.bytes <= LARGEST_MESSAGE_BYTES + EVENT_OVERHEAD_BYTES) return [whole];
  const events: EncodedEvent[] = [];
  // A cut within a surrogate pair is harmless: JSON escapes the halves, and joining restores the pair.
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
    const piece = text.slice(at, at + PIECE_CHARACTERS);
    const fields = at === 0 ? head : {};
    const more = at + PIECE_CHARACTERS < text.length;
    events.push(encoded({ seq: seq + events.length, ...fields, text: piece, ...(more && { more }) }));
  }
  return events;
}

function encoded(event: FirstEvent | NextEvent): EncodedEvent {
  const message = JSON.stringify(event);
  return { message, bytes: Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES };
}

/** One event of a stream, as read. */
export interface ReadEvent {
  readonly message: string;
  readonly timestampMs: number;
}

/** A line and its end: its last event's number and time. */
export interface DecodedLine extends LogLine {
  readonly seq: number;
  readonly timestampMs: number;
}

interface PendingLine {
  readonly first: FirstEvent;
  readonly pieces: string[];
}

/** Assembles lines from the events of one stream, page by page. */
export class LineDecoder {
  readonly #worker: number | null;
  #lastSeq: number;
  #pending: PendingLine | undefined;

  /** Skips events up to number `afterSeq`. */
  constructor(worker: number | null, afterSeq = 0) {
    this.#worker = worker;
    this.#lastSeq = afterSeq;
  }

  /** The lines that are complete with this page. Skips a line that a killed process left incomplete. */
  decode(page: readonly ReadEvent[]): DecodedLine[] {
    // Events of one call have the same time, and CloudWatch Logs does not guarantee their order.
    const events = page
      .map(({ message, timestampMs }) => ({ event: parseEvent(message), timestampMs }))
      .filter((one): one is Parsed => one.event !== undefined)
      .sort((a, b) => a.event.seq - b.event.seq);
    const lines: DecodedLine[] = [];
    for (const { event, timestampMs } of events) {
      const { seq } = event;
      if (seq <= this.#lastSeq) continue; // Sent again by an SDK retry after a lost answer.
      const isNext = seq === this.#lastSeq + 1;
      this.#lastSeq = seq;
      if ("time_ms" in event) this.#pending = { first: event, pieces: [event.text] };
      else if (isNext) this.#pending?.pieces.push(event.text);
      else this.#pending = undefined; // An earlier piece was lost.
      if (!this.#pending || event.more) continue;
      lines.push({ ...this.#lineOf(this.#pending), seq, timestampMs });
      this.#pending = undefined;
    }
    return lines;
  }

  #lineOf({ first, pieces }: PendingLine): LogLine {
    const { time_ms: timeMs, level, batch } = first;
    return {
      timeMs,
      level,
      worker: this.#worker,
      ...(batch !== undefined && { batch }),
      text: pieces.join(""),
    };
  }
}

interface Parsed {
  readonly event: FirstEvent | NextEvent;
  readonly timestampMs: number;
}

function parseEvent(message: string): FirstEvent | NextEvent | undefined {
  try {
    const event = JSON.parse(message) as FirstEvent;
    return typeof event.seq === "number" && typeof event.text === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
