import { type CallStyle, ONE_BATCH } from "../predictor-process/mod.ts";
import type { Call, ReadyBatch } from "./call.ts";

/** How much work to keep ahead of the predictor: enough that several short batches share one lease and one read. */
const AHEAD_MS = 500;
const IN_FLIGHT_MS = 20;
const MAX_AHEAD = 512;
const MAX_IN_FLIGHT = 64;
const MIN_IN_FLIGHT = 2;
/** Limit on items held in memory; a larger batch is held alone. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Loaded batches waiting for the predictor, and how many to hold: at least `prefetch`, more when calls are so short
 * that leasing batches in pairs would cost more than predicting them. Hands out whole batches, or their items one by
 * one if the predictor takes items.
 */
export class Backlog {
  readonly #prefetch: number;
  #style = ONE_BATCH;
  #ready: Call[] = [];
  /** The batch whose items are being handed out, and the next one's position. */
  #opened: { readonly batch: ReadyBatch; next: number } | undefined;
  /** Calls to be made again after a delay. */
  readonly #later = new Set<Call>();
  #bytes = 0;
  #meanMs = Number.POSITIVE_INFINITY;
  #meanBytes = 0;
  #meanItems = 1;

  constructor(prefetch: number) {
    this.#prefetch = prefetch;
  }

  /** Number of calls that could be made now; a batch counts as one until its items are handed out. */
  get size(): number {
    return this.#ready.length + (this.#opened ? this.#opened.batch.items.length - this.#opened.next : 0);
  }

  /** True when nothing is waiting, not even for a delay to pass. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#later.size === 0;
  }

  /** How the predictor is called, once that is known. */
  callAs(style: CallStyle): void {
    this.#style = style;
  }

  /** Number of batches to lease now, given how many calls the predictor holds. */
  room(inFlight: number): number {
    const { unit } = this.#style;
    const perBatch = unit === "item" ? this.#meanItems : 1;
    const waiting = this.#waitingCalls() + this.#later.size;
    const held = waiting + inFlight;
    const target = this.#within(AHEAD_MS, this.#prefetch + this.#style.inFlight, MAX_AHEAD);
    // Lease half the target at a time, not single batches.
    if (waiting > target / 2) return 0;
    const fitting = Math.floor((MAX_BYTES - this.#bytes) / (this.#meanBytes || 1));
    return Math.max(held === 0 ? 1 : 0, Math.min(Math.ceil((target - held) / perBatch), fitting));
  }

  /** How many calls the predictor may hold at once: those that run, and some that wait to follow at once. */
  window(): number {
    return this.#style.inFlight - 1 + this.#within(IN_FLIGHT_MS, MIN_IN_FLIGHT, MAX_IN_FLIGHT);
  }

  push(batches: readonly ReadyBatch[]): void {
    for (const batch of batches) {
      this.#ready.push({ batch });
      const bytes = bytesOf(batch);
      this.#bytes += bytes;
      this.#meanBytes = this.#meanBytes * 0.9 + bytes * 0.1;
      this.#meanItems = Math.max(1, this.#meanItems * 0.9 + batch.items.length * 0.1);
    }
  }

  /** Puts a call back in its original position. */
  putBack(call: Call): void {
    const { first } = call.batch.lease.batch;
    const at = this.#ready.findIndex(({ batch }) => batch.lease.batch.first > first);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, call);
    if (!call.positions) this.#bytes += bytesOf(call.batch);
  }

  /** Like {@link putBack}, after a delay; `wake` is called then. */
  putBackLater(call: Call, delayMs: number, wake: () => void): void {
    this.#later.add(call);
    const timer = setTimeout(() => {
      if (!this.#later.delete(call)) return;
      this.putBack(call);
      wake();
    }, delayMs);
    timer.unref();
  }

  /**
   * Takes the next call. Suspects come last, those with the fewest attempts first, and only when the predictor is
   * `idle`.
   */
  take(idle: boolean): Call | undefined {
    if (this.#opened) {
      const isAlone = this.#opened.batch.suspectAttempts !== undefined;
      return isAlone && !idle ? undefined : this.#nextItem();
    }
    let at = this.#ready.findIndex((call) => !isSuspect(call));
    if (at < 0 && idle) at = this.#leastTried();
    if (at < 0) return undefined;
    const call = this.#remove(at);
    if (this.#style.unit === "batch" || call.positions) return call;
    this.#opened = { batch: call.batch, next: 0 };
    return this.#nextItem();
  }

  /** Removes what belongs to a lost lease. */
  drop(receipt: string): void {
    const isLost = ({ batch }: Call) => batch.lease.receipt === receipt;
    for (let at = this.#ready.findIndex(isLost); at >= 0; at = this.#ready.findIndex(isLost))
      this.#remove(at);
    if (this.#opened?.batch.lease.receipt === receipt) this.#opened = undefined;
    for (const call of this.#later) if (isLost(call)) this.#later.delete(call);
  }

  /** Batches of which something is waiting. */
  batches(): readonly ReadyBatch[] {
    const calls = [...this.#ready, ...this.#later].map(({ batch }) => batch);
    return [...new Set(this.#opened ? [this.#opened.batch, ...calls] : calls)];
  }

  /** Updates the estimate of how long one call takes. */
  learn(predictMs: number): void {
    // 20 µs account for the frames of a call with negligible predict time.
    const sample = predictMs + 0.02;
    this.#meanMs = Number.isFinite(this.#meanMs) ? this.#meanMs * 0.9 + sample * 0.1 : sample;
  }

  #nextItem(): Call | undefined {
    const opened = this.#opened;
    if (!opened) return undefined;
    const position = opened.next++;
    if (opened.next >= opened.batch.items.length) this.#opened = undefined;
    const isAlone = opened.batch.suspectAttempts !== undefined;
    return { batch: opened.batch, positions: [position], ...(isAlone && { isAlone }) };
  }

  #waitingCalls(): number {
    if (this.#style.unit === "batch") return this.#ready.length;
    let calls = 0;
    for (const { batch, positions } of this.#ready) calls += positions?.length ?? batch.items.length;
    return calls + this.size - this.#ready.length;
  }

  #remove(at: number): Call {
    const call = (at === 0 ? this.#ready.shift() : this.#ready.splice(at, 1)[0]) as Call;
    if (!call.positions) this.#bytes -= bytesOf(call.batch);
    return call;
  }

  #leastTried(): number {
    const attempts = this.#ready.map(({ batch: { suspectAttempts = 0 } }) => suspectAttempts);
    return attempts.indexOf(Math.min(...attempts));
  }

  #within(milliseconds: number, min: number, max: number): number {
    const perCallMs = this.#meanMs / this.#style.concurrency;
    return Math.min(Math.max(Math.ceil(milliseconds / perCallMs), min), Math.max(min, max));
  }
}

function isSuspect({ batch, isAlone }: Call): boolean {
  return isAlone === true || batch.suspectAttempts !== undefined;
}

function bytesOf(batch: ReadyBatch): number {
  let length = 0;
  for (const item of batch.items) length += item.length;
  return length;
}
