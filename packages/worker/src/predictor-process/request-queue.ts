import { performance } from "node:perf_hooks";
import type { Stage } from "@millrace/predictor/protocol";

/** Maximum delay of a timer in both runtimes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** If this process was busy, the answer may be waiting in the pipe: it is read before the request times out. */
const CONFIRM_MS = 25;

const DOING = {
  preprocess: "preprocessing",
  predict: "predicting",
  postprocess: "postprocessing",
} as const satisfies Record<Stage, string>;

/** What is done to a batch in a stage, or between two. */
export function doing(stage: Stage | undefined): string {
  return stage ? DOING[stage] : "queueing";
}

/** A request to the host that has not been answered yet. */
export interface Request {
  readonly kind: "load" | "construct" | "predict" | "complete";
  /** Number of the call; 0 for other kinds of requests. */
  readonly seq: number;
  /** What is being done, in words: "predicting batch …". Changes with the stage. */
  doing: string;
  /** Number of items in the call; 0 for other kinds of requests. */
  readonly itemCount: number;
  /** Counted from when the host starts it. */
  readonly timeoutMs: number;
  /** Called when a call enters a stage, or without one while it waits for the next. */
  readonly onStage?: ((stage: Stage | undefined) => void) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Requests in the order in which the host starts them, {@link limit} at once; so it is known which ones it has started.
 * A single timer serves all: when it fires, it checks the one that runs longest and is set again if that has time left.
 * One timer per request would mean thousands of timers a second.
 */
export class RequestQueue {
  /** How many requests the host answers at once. */
  limit = 1;
  /** The host says in which stage a call is; until then it waits. */
  isStaged = false;
  readonly #onTimeout: (request: Request) => void;
  /** Those that run, by number, with the time of the start of their stage, ms; longest running first. */
  readonly #started = new Map<number, { readonly request: Request; readonly sinceMs: number }>();
  /** Those that wait between two stages: their time does not count. */
  readonly #between = new Map<number, Request>();
  readonly #behind: Request[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #suspect: Request | undefined;

  constructor(onTimeout: (request: Request) => void) {
    this.#onTimeout = onTimeout;
  }

  /** True when the host has nothing to do. */
  get isEmpty(): boolean {
    return this.#started.size === 0 && this.#between.size === 0;
  }

  /** The request that runs longest. */
  get oldest(): Request | undefined {
    return this.#oldest()?.request;
  }

  /** The requests that run, longest running first; those between two stages only if nothing else runs. */
  get started(): readonly Request[] {
    if (this.#started.size === 0) return [...this.#between.values()];
    return [...this.#started.values()].map(({ request }) => request);
  }

  /** A request that the host has started. */
  find(seq: number): Request | undefined {
    return this.#started.get(seq)?.request ?? this.#between.get(seq);
  }

  add(request: Request): void {
    if (this.#started.size + this.#between.size < this.limit) this.#start(request);
    else this.#behind.push(request);
  }

  /**
   * A started request has entered a stage, where it has its whole time again, or waits for the next one.
   * @throws {RangeError} when there is no such request
   */
  moved({ seq, stage }: { readonly seq: number; readonly stage: Stage | undefined }): void {
    const request = this.find(seq);
    if (!request) throw new RangeError(`Cannot take a stage: call ${seq} was not asked`);
    request.doing = request.doing.replace(/^\w+/, doing(stage));
    this.#started.delete(seq);
    this.#between.delete(seq);
    if (stage === undefined) this.#between.set(seq, request);
    else this.#run(request);
    request.onStage?.(stage);
  }

  /** Removes a request that was answered. */
  remove({ seq }: Request): void {
    this.#started.delete(seq);
    this.#between.delete(seq);
    const next = this.#behind.shift();
    if (next) this.#start(next);
    else this.#watch();
  }

  /** Removes all requests and stops the timer. */
  drain(): { readonly started: readonly Request[]; readonly behind: readonly Request[] } {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const { started } = this;
    const behind = this.#started.size === 0 ? [] : [...this.#between.values()];
    this.#started.clear();
    this.#between.clear();
    return { started, behind: [...behind, ...this.#behind.splice(0)] };
  }

  #oldest(): { readonly request: Request; readonly sinceMs: number } | undefined {
    for (const oldest of this.#started.values()) return oldest;
    return undefined;
  }

  #start(request: Request): void {
    if (this.isStaged && request.kind === "predict") this.#between.set(request.seq, request);
    else this.#run(request);
  }

  #run(request: Request): void {
    this.#started.set(request.seq, { request, sinceMs: performance.now() });
    this.#watch();
  }

  /** Sets the timer if it would fire too late for the oldest request. */
  #watch(): void {
    const oldest = this.#oldest();
    if (!oldest) return;
    const dueMs = oldest.sinceMs + oldest.request.timeoutMs;
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
    const oldest = this.#oldest();
    if (!oldest) return;
    const { request, sinceMs } = oldest;
    const dueMs = sinceMs + request.timeoutMs;
    // Timers may fire up to a millisecond early.
    if (dueMs - performance.now() > 1) {
      this.#setTimer(dueMs);
    } else if (this.#suspect !== request) {
      this.#suspect = request;
      this.#setTimer(performance.now() + CONFIRM_MS);
    } else {
      this.#onTimeout(request);
    }
  }
}
