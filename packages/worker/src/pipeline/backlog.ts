import { type CallStyle, ONE_BATCH } from "../predictor-process/mod.ts";
import { type Call, countOf, isSuspect, positionsOf, type ReadyBatch } from "./call.ts";

/** How much work to keep ahead of the predictor: enough that several short batches share one lease and one read. */
const AHEAD_MS = 500;
const IN_FLIGHT_MS = 20;
const MAX_AHEAD = 512;
const MAX_IN_FLIGHT = 64;
const MIN_IN_FLIGHT = 2;
/** Calls that may wait for a delay. */
const MAX_LATER = 1_024;
/** Limit on items held in memory; a larger batch is held alone. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Loaded batches waiting for the predictor, and how many to hold: at least `prefetch`, more when calls are so short
 * that leasing batches in pairs would cost more than predicting them. Hands out whole batches, or parts of them if the
 * predictor takes items or cannot take so many.
 */
export class Backlog {
  readonly #prefetch: number;
  #style = ONE_BATCH;
  #ready: Call[] = [];
  /** The most items of one call. */
  #maxItems = Number.POSITIVE_INFINITY;
  /** The call that is being handed out in parts: the positions of its items, and how many of them are out. */
  #opened: { readonly call: Call; readonly positions: readonly number[]; next: number } | undefined;
  /** Calls to be made again after a delay. */
  readonly #later = new Set<Call>();
  #bytes = 0;
  #meanMs = Number.POSITIVE_INFINITY;
  #meanBytes = 0;
  #meanItems = 1;

  constructor(prefetch: number) {
    this.#prefetch = prefetch;
  }

  /** Number of calls that could be made now; a batch counts as one until it is handed out in parts. */
  get size(): number {
    const opened = this.#opened;
    return this.#ready.length + (opened ? this.#callsFor(opened.positions.length - opened.next) : 0);
  }

  /** True when nothing is waiting, not even for a delay to pass. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#later.size === 0;
  }

  /** How the predictor is called, once that is known. */
  callAs(style: CallStyle): void {
    this.#style = style;
  }

  /** Hands out at most so many items in one call from now on. */
  limitItems(maxItems: number): void {
    this.#maxItems = maxItems;
  }

  /** Number of batches to lease now, given how many calls the predictor holds. */
  room(inFlight: number): number {
    const perBatch = Math.max(1, this.#meanItems / this.#perCall);
    // What waits for a delay keeps nobody busy: with a long one, all that is held would wait.
    if (this.#later.size >= MAX_LATER) return 0;
    const waiting = this.#waitingCalls();
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
    if (this.#opened) return isSuspect(this.#opened.call) && !idle ? undefined : this.#nextPart();
    let at = this.#ready.findIndex((call) => !isSuspect(call));
    if (at < 0 && idle) at = this.#leastTried();
    if (at < 0) return undefined;
    const call = this.#remove(at);
    const isWhole = this.#style.unit === "batch" || call.positions !== undefined;
    if (isWhole && countOf(call) <= this.#perCall) return call;
    this.#opened = { call, positions: positionsOf(call), next: 0 };
    return this.#nextPart();
  }

  /** Removes what belongs to a lost lease. */
  drop(receipt: string): void {
    const isLost = ({ batch }: Call) => batch.lease.receipt === receipt;
    for (let at = this.#ready.findIndex(isLost); at >= 0; at = this.#ready.findIndex(isLost))
      this.#remove(at);
    if (this.#opened && isLost(this.#opened.call)) this.#opened = undefined;
    for (const call of this.#later) if (isLost(call)) this.#later.delete(call);
  }

  /** Batches of which something is waiting. */
  batches(): readonly ReadyBatch[] {
    const calls = [...this.#ready, ...this.#later].map(({ batch }) => batch);
    return [...new Set(this.#opened ? [this.#opened.call.batch, ...calls] : calls)];
  }

  /** Updates the estimate of how long one call takes. */
  learn(predictMs: number): void {
    // 20 µs account for the frames of a call with negligible predict time.
    const sample = predictMs + 0.02;
    this.#meanMs = Number.isFinite(this.#meanMs) ? this.#meanMs * 0.9 + sample * 0.1 : sample;
  }

  get #perCall(): number {
    return this.#style.unit === "item" ? 1 : this.#maxItems;
  }

  #callsFor(items: number): number {
    return Math.max(1, Math.ceil(items / this.#perCall));
  }

  #nextPart(): Call | undefined {
    const opened = this.#opened;
    if (!opened) return undefined;
    const positions = opened.positions.slice(opened.next, opened.next + this.#perCall);
    opened.next += positions.length;
    if (opened.next >= opened.positions.length) this.#opened = undefined;
    const { batch } = opened.call;
    return { batch, positions, ...(isSuspect(opened.call) && { isAlone: true }) };
  }

  #waitingCalls(): number {
    if (this.#perCall === Number.POSITIVE_INFINITY) return this.size;
    let calls = this.size - this.#ready.length;
    for (const call of this.#ready) calls += this.#callsFor(countOf(call));
    return calls;
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

function bytesOf(batch: ReadyBatch): number {
  let length = 0;
  for (const item of batch.items) length += item.length;
  return length;
}
