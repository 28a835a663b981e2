import { performance } from "node:perf_hooks";

/** Maximum delay of a timer in both runtimes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** If this process was busy, the answer may be waiting in the pipe: it is read before the request times out. */
const CONFIRM_MS = 25;

/** A request to the host that has not been answered yet. */
export interface Request {
  readonly kind: "load" | "construct" | "predict" | "complete";
  /** Number of the batch; 0 for other kinds of requests. */
  readonly seq: number;
  /** What is being done, in words: "predicting batch …". */
  readonly doing: string;
  /** Number of items in the batch; 0 for other kinds of requests. */
  readonly itemCount: number;
  /** Counted from when this request becomes the oldest unanswered one. */
  readonly timeoutMs: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Requests in the order in which the host answers them. A single timer serves all: when it fires, it checks the oldest
 * request and is set again if that has time left. One timer per request would mean thousands of timers a second.
 */
export class RequestQueue {
  readonly #onTimeout: (oldest: Request) => void;
  readonly #requests: Request[] = [];
  #oldestSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #suspect: Request | undefined;

  constructor(onTimeout: (oldest: Request) => void) {
    this.#onTimeout = onTimeout;
  }

  /** The oldest unanswered request. */
  get oldest(): Request | undefined {
    return this.#requests[0];
  }

  add(request: Request): void {
    this.#requests.push(request);
    if (this.oldest === request) this.#watch(request);
  }

  /** Removes and returns the oldest request. */
  shift(): Request | undefined {
    const request = this.#requests.shift();
    if (this.oldest) this.#watch(this.oldest);
    return request;
  }

  /** Removes and returns all requests, oldest first, and stops the timer. */
  drain(): readonly Request[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    return this.#requests.splice(0);
  }

  #watch(oldest: Request): void {
    this.#oldestSinceMs = performance.now();
    const dueMs = this.#oldestSinceMs + oldest.timeoutMs;
    if (this.#timerAtMs > dueMs) this.#setTimer(dueMs);
  }

  #setTimer(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = dueMs;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#check(), waitMs);
    // The child process keeps this one alive as long as there is something to wait for.
    this.#timer.unref();
  }

  #check(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const { oldest } = this;
    if (!oldest) return;
    const dueMs = this.#oldestSinceMs + oldest.timeoutMs;
    // Timers may fire up to a millisecond early.
    if (dueMs - performance.now() > 1) {
      this.#setTimer(dueMs);
    } else if (this.#suspect !== oldest) {
      this.#suspect = oldest;
      this.#setTimer(performance.now() + CONFIRM_MS);
    } else {
      this.#onTimeout(oldest);
    }
  }
}
