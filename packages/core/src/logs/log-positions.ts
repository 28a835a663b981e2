import { MillraceError } from "../errors.ts";
import type { LogPositions } from "../ports/log-store.ts";

const ENTRY = /^(s|\d{1,9}):([A-Za-z0-9._-]{1,1000})$/;

/** A position in the log of one worker, as the id of a server-sent event: `12:4096`, or `s:310` for the service. */
export function logPositionId(worker: number | null, position: string): string {
  return `${worker ?? "s"}:${position}`;
}

/** Reads `s:310,0:4096,…`, the ids of any number of workers. @throws {MillraceError} invalid_request */
export function parseLogPositions(text: string): LogPositions {
  const positions = new Map<number | null, string>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    const [, worker, position] = ENTRY.exec(entry) ?? [];
    if (worker === undefined || position === undefined) throw badPosition(entry);
    positions.set(worker === "s" ? null : Number(worker), position);
  }
  return positions;
}

/** The error for a position that does not exist. */
export function badPosition(text: string): MillraceError {
  return new MillraceError(
    "invalid_request",
    `Cannot resume after the log position "${text.slice(0, 100)}": it is not one, expected event ids as the stream sent them, such as "s:310,0:4096"`,
    { details: { field: "Last-Event-ID" } },
  );
}
