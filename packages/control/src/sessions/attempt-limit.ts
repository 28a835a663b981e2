import { MillraceError } from "@millrace/core";

const WINDOW_MS = 60_000;
const MAX_FAILED = 10;

/**
 * Ten failed sign-ins per minute from one address. Nobody can guess 256 bits; this stops a broken script from retrying
 * endlessly. A valid sign-in is never blocked: all users of a machine share an address, and one could lock out the
 * others.
 */
export class AttemptLimit {
  readonly #now: () => number;
  readonly #failed = new Map<string, { count: number; readonly endsAtMs: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a failed attempt. @throws {MillraceError} too_many_requests */
  failed(address: string): void {
    const nowMs = this.#now();
    for (const [key, { endsAtMs }] of this.#failed) if (endsAtMs <= nowMs) this.#failed.delete(key);
    const attempts = this.#failed.get(address) ?? { count: 0, endsAtMs: nowMs + WINDOW_MS };
    attempts.count += 1;
    this.#failed.set(address, attempts);
    if (attempts.count <= MAX_FAILED) return;
    const seconds = Math.ceil((attempts.endsAtMs - nowMs) / 1_000);
    throw tooManyTries(seconds);
  }
}

export function tooManyTries(seconds: number): MillraceError {
  return new MillraceError(
    "too_many_requests",
    `Cannot sign in: ${MAX_FAILED} wrong tries from this address; try again in ${seconds} s`,
    { details: { retry_after_seconds: seconds } },
  );
}
