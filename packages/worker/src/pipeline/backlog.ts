import type { Lease } from "@millrace/core";

/** A leased batch whose items are in memory, as JSON texts. */
export interface ReadyBatch {
  readonly lease: Lease;
  readonly items: readonly string[];
  /** The two halves of the batch, for bisection; requires count >= 2. */
  readonly halves: () => readonly [Lease["batch"], Lease["batch"]];
  /**
   * Set when an earlier worker had the batch and its outcome is unknown: the batch may have crashed that worker, so it
   * is predicted alone. The value is the number of attempts so far.
   */
  readonly suspectAttempts?: number;
}

/** How much work to keep ahead of the predictor: enough that several short batches share one lease and one read. */
const AHEAD_MS = 500;
const IN_FLIGHT_MS = 20;
const MAX_AHEAD = 512;
const MAX_IN_FLIGHT = 64;
const MIN_IN_FLIGHT = 2;
/** Limit on items held in memory; a larger batch is held alone. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Loaded batches waiting for the predictor, and how many to hold: at least `prefetch`, more when batches are so short
 * that leasing them in pairs would cost more than predicting them.
 */
export class Backlog {
  readonly #prefetch: number;
  #ready: ReadyBatch[] = [];
  #bytes = 0;
  #meanMs = Number.POSITIVE_INFINITY;
  #meanBytes = 0;

  constructor(prefetch: number) {
    this.#prefetch = prefetch;
  }

  get size(): number {
    return this.#ready.length;
  }

  /** Number of batches to lease now, given how many the predictor holds. */
  room(inFlight: number): number {
    const held = this.#ready.length + inFlight;
    const target = this.#within(AHEAD_MS, this.#prefetch + 1, MAX_AHEAD);
    // Lease half the target at a time, not single batches.
    if (this.#ready.length > target / 2) return 0;
    const fitting = Math.floor((MAX_BYTES - this.#bytes) / (this.#meanBytes || 1));
    return Math.max(held === 0 ? 1 : 0, Math.min(target - held, fitting));
  }

  /** How many batches the predictor may hold at once. */
  window(): number {
    return this.#within(IN_FLIGHT_MS, MIN_IN_FLIGHT, MAX_IN_FLIGHT);
  }

  push(batches: readonly ReadyBatch[]): void {
    for (const batch of batches) {
      this.#ready.push(batch);
      const bytes = bytesOf(batch);
      this.#bytes += bytes;
      this.#meanBytes = this.#meanBytes * 0.9 + bytes * 0.1;
    }
  }

  /** Puts a batch back in its original position. */
  putBack(batch: ReadyBatch): void {
    const at = this.#ready.findIndex((other) => other.lease.batch.first > batch.lease.batch.first);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, batch);
    this.#bytes += bytesOf(batch);
  }

  /**
   * Takes the next batch. Suspects come last, those with the fewest attempts first, and only when the predictor is
   * `idle`.
   */
  take(idle: boolean): ReadyBatch | undefined {
    let at = this.#ready.findIndex(({ suspectAttempts }) => suspectAttempts === undefined);
    if (at < 0 && idle) at = this.#leastTried();
    return at < 0 ? undefined : this.#remove(at);
  }

  /** Removes the batch of a lost lease. */
  drop(receipt: string): void {
    const at = this.#ready.findIndex((batch) => batch.lease.receipt === receipt);
    if (at >= 0) this.#remove(at);
  }

  /** Leases of the waiting batches. */
  leases(): readonly Lease[] {
    return this.#ready.map(({ lease }) => lease);
  }

  /** Updates the estimate of how long one batch takes. */
  learn(predictMs: number): void {
    // 20 µs account for the frames of a batch with negligible predict time.
    const sample = predictMs + 0.02;
    this.#meanMs = Number.isFinite(this.#meanMs) ? this.#meanMs * 0.9 + sample * 0.1 : sample;
  }

  #remove(at: number): ReadyBatch | undefined {
    const batch = at === 0 ? this.#ready.shift() : this.#ready.splice(at, 1)[0];
    if (batch) this.#bytes -= bytesOf(batch);
    return batch;
  }

  #leastTried(): number {
    const attempts = this.#ready.map(({ suspectAttempts = 0 }) => suspectAttempts);
    return attempts.indexOf(Math.min(...attempts));
  }

  #within(milliseconds: number, min: number, max: number): number {
    return Math.min(Math.max(Math.ceil(milliseconds / this.#meanMs), min), Math.max(min, max));
  }
}

function bytesOf(batch: ReadyBatch): number {
  let length = 0;
  for (const item of batch.items) length += item.length;
  return length;
}
