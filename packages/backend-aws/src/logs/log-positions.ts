import { badPosition } from "@millrace/core";
import { streamTimeMs } from "./log-streams.ts";

const STREAM_CHARACTERS = 6;
const PART = /^[0-9a-z]{1,6}\.[0-9a-z]{1,10}\.-?[0-9a-z]{1,10}$/;

/** A place in one stream. */
export interface StreamPlace {
  /** Number of the last event that was seen. */
  readonly seq: number;
  /** A time that no later event is before. */
  readonly fromMs: number;
}

/**
 * A place in one stream as text, `<stream>.<seq>.<seconds since the stream's name was made>`, in base 36. It is short
 * because a follower sends one of each worker, and load balancers take 16 KiB in a header.
 */
export function encodePlace(
  stream: string,
  { seq, timestampMs }: { readonly seq: number; readonly timestampMs: number },
): string {
  const seconds = Math.floor((timestampMs - streamTimeMs(stream)) / 1_000);
  return `${streamKey(stream)}.${seq.toString(36)}.${seconds.toString(36)}`;
}

/** A worker's position: its places in each of its streams, since every process that was this worker has its own. */
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

  /** Takes the place of a further line over, as {@link encodePlace} made it. */
  set(part: string): void {
    this.#parts.set(part.slice(0, part.indexOf(".")), part);
  }

  /** The place in `stream`; undefined: it was not begun. */
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

/** Of the name's random part: it tells apart the few streams of one worker. */
function streamKey(stream: string): string {
  return stream.slice(stream.lastIndexOf("/") + 1).slice(-STREAM_CHARACTERS);
}
