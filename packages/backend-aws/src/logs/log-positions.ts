import { badPosition } from "@millrace/core";
import { streamTimeMs } from "./log-streams.ts";

const STREAM_CHARACTERS = 6;
const PART = /^[0-9a-z]{1,6}\.[0-9a-z]{1,10}\.-?[0-9a-z]{1,10}$/;

/** A position in one stream. */
export interface StreamPlace {
  /** Number of the last event read. */
  readonly seq: number;
  /** All later events are at or after this time. */
  readonly fromMs: number;
}

/**
 * A position in one stream as text, `<stream>.<seq>.<seconds since the stream's name was made>`, in base 36. It is
 * short because a follower sends one per worker, and load balancers limit a header to 16 KiB.
 */
export function encodePlace(
  stream: string,
  { seq, timestampMs }: { readonly seq: number; readonly timestampMs: number },
): string {
  const seconds = Math.floor((timestampMs - streamTimeMs(stream)) / 1_000);
  return `${streamKey(stream)}.${seq.toString(36)}.${seconds.toString(36)}`;
}

/**
 * A worker's position, made of a position in each of its streams: every process that ran as this worker has its own.
 */
export class WorkerPosition {
  readonly #parts = new Map<string, string>();

  /** @throws {MillraceError} invalid_request */
  static parse(text: string): WorkerPosition {
    const position = new WorkerPosition();
    for (const part of text.split("_")) {
      if (!PART.test(part)) throw badPosition(text);
      position.set(part);
    }
    return position;
  }

  /** Adds the position of a further line, as made by {@link encodePlace}. */
  set(part: string): void {
    this.#parts.set(part.slice(0, part.indexOf(".")), part);
  }

  /** The position in `stream`; undefined if it was not read yet. */
  placeIn(stream: string): StreamPlace | undefined {
    const [, seq, seconds] = this.#parts.get(streamKey(stream))?.split(".") ?? [];
    if (seq === undefined || seconds === undefined) return undefined;
    const fromMs = streamTimeMs(stream) + Number.parseInt(seconds, 36) * 1_000;
    return { seq: Number.parseInt(seq, 36), fromMs };
  }

  toString(): string {
    return [...this.#parts.values()].join("_");
  }
}

/** From the random part of the name: it distinguishes the few streams of one worker. */
function streamKey(stream: string): string {
  return stream.slice(stream.lastIndexOf("/") + 1).slice(-STREAM_CHARACTERS);
}
