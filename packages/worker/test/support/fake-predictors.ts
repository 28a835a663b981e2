import { type ErrorCode, MillraceError } from "@millrace/core";
import type { HostError } from "@millrace/predictor/protocol";
import {
  type CallStyle,
  type LaunchPredictor,
  ONE_BATCH,
  type PredictOutput,
  type Predictor,
  type StartedPredictor,
} from "../../src/predictor-process/mod.ts";

type Request = Parameters<Predictor["predict"]>[0];
type Exit = Awaited<ReturnType<Predictor["stop"]>>;

/** A batch that a predictor was asked for and has not answered. */
export interface Call {
  readonly predictor: FakePredictor;
  readonly batchId: string;
  readonly items: readonly unknown[];
  readonly timeoutMs: number;
  /** Answers with one output for each item. @default the items themselves */
  answer(outputs?: readonly unknown[]): void;
  /** Answers with one output for all items together. */
  whole(output: unknown): void;
  /** Answers with an outcome for each item: an output, or an error of its own. */
  outcomes(
    outcomes: readonly ({ readonly output: unknown } | { readonly error: Partial<HostError> })[],
  ): void;
  /** As if `predict` raised: the predictor lives on. */
  raise(message: string, code?: ErrorCode, details?: Readonly<Record<string, unknown>>): void;
}

interface Pending {
  readonly call: Call;
  readonly reject: (error: Error) => void;
}

/** A predictor without a process, which answers when the test says so, or as its {@link FakePredictors} respond. */
export class FakePredictor implements Predictor {
  readonly style: CallStyle;
  pid: number | undefined;
  peakMemoryBytes = 0;
  readonly gone: Promise<void>;
  /** How it ended: let end, or killed. */
  end: "stopped" | "killed" | "died" | undefined;
  hooks = 0;
  readonly #host: FakePredictors;
  readonly #pending = new Set<Pending>();
  readonly #over = Promise.withResolvers<void>();
  #cause: { readonly code: ErrorCode; readonly details: object } = { code: "unavailable", details: {} };

  constructor(host: FakePredictors, pid: number) {
    this.#host = host;
    this.style = host.style;
    this.pid = pid;
    this.gone = this.#over.promise;
  }

  predict({ batchId, items, timeoutMs }: Request): Promise<PredictOutput> {
    if (this.pid === undefined) return Promise.reject(this.#causeFor(false));
    return new Promise((resolve, reject) => {
      const values = items.map((item) => JSON.parse(item) as unknown);
      const call: Call = {
        predictor: this,
        batchId,
        items: values,
        timeoutMs,
        answer: (outputs = values) => {
          this.#pending.delete(pending);
          const lines = outputs.map((output) => JSON.stringify(output));
          resolve({ mode: "items", lines, predictMs: this.#host.predictMs });
        },
        whole: (output) => {
          this.#pending.delete(pending);
          resolve({ mode: "batch", lines: [JSON.stringify(output)], predictMs: this.#host.predictMs });
        },
        outcomes: (outcomes) => {
          this.#pending.delete(pending);
          resolve({ mode: "outcomes", lines: outcomes.map(lineOf), predictMs: this.#host.predictMs });
        },
        raise: (message, code = "predictor_error", details = {}) => {
          this.#pending.delete(pending);
          reject(errorOf(code, message, { type: "ValueError", guilty: true, ...details }));
        },
      };
      const pending = { call, reject };
      this.#pending.add(pending);
      this.#host.asked(call);
    });
  }

  async complete(): Promise<void> {
    this.hooks += 1;
    const gone = this.gone.then(() => Promise.reject(this.#causeFor(false)));
    await Promise.race([this.#host.hook(this), gone]);
  }

  async stop(): Promise<Exit> {
    if (this.end !== "died" && this.end !== "killed") this.#finish("stopped");
    return this.#host.exit;
  }

  async kill(): Promise<void> {
    this.#finish("killed");
  }

  /** Its process ends by itself: the call that runs is guilty, or several are suspects; those behind are neither. */
  die(code: ErrorCode = "predictor_crashed", details: Readonly<Record<string, unknown>> = {}): void {
    this.#finish("died", { code, details });
  }

  /** It answered nothing for too long: what runs is suspect, also if it is one call. */
  stall(): void {
    this.#finish("died", { code: "predictor_stalled", details: {} });
  }

  #finish(
    end: NonNullable<FakePredictor["end"]>,
    { code = "unavailable", details = {} }: { code?: ErrorCode; details?: object } = {},
  ): void {
    if (this.pid === undefined) return;
    this.pid = undefined;
    this.end = end;
    this.#cause = { code, details };
    const running = Math.min(this.style.concurrency, this.#pending.size);
    for (const [position, { reject }] of [...this.#pending].entries()) {
      const isRunning = end === "died" && position < running;
      const isOne = running === 1 && code !== "predictor_stalled";
      reject(this.#causeFor(isRunning && isOne, isRunning && !isOne));
    }
    this.#pending.clear();
    this.#over.resolve();
  }

  #causeFor(guilty: boolean, suspect = false): MillraceError {
    const { code, details } = this.#cause;
    return errorOf(code, `the predictor ${this.end}`, { ...details, guilty, ...(suspect && { suspect }) });
  }
}

/** Launches fake predictors, and commands their timing. */
export class FakePredictors {
  readonly started: FakePredictor[] = [];
  /** How long a batch is said to have taken: so long that few are held ahead. */
  predictMs = 1_000;
  style: CallStyle = ONE_BATCH;
  /** Answers each batch at once, where it is set; else the test takes them by {@link next}. */
  respond: ((call: Call) => void) | undefined;
  /** What a constructor does. */
  construct: (predictor: FakePredictor, signal: AbortSignal) => Promise<void> = async () => {};
  /** What the hook for the job's end does. */
  hook: (predictor: FakePredictor) => Promise<void> = async () => {};
  /** How those end that are let end; undefined: they have to be killed. */
  exit: Exit = { exitCode: 0, signal: null };
  readonly #calls: Call[] = [];
  #waiting: ((call: Call) => void)[] = [];

  readonly launch: LaunchPredictor = (signal): StartedPredictor => {
    const predictor = new FakePredictor(this, this.started.length + 1);
    this.started.push(predictor);
    return { predictor, ready: this.construct(predictor, signal) };
  };

  /** Batches that were asked for and that the test has not taken. */
  get waiting(): number {
    return this.#calls.length;
  }

  /** The next batch that a predictor is asked for. */
  next(): Promise<Call> {
    const call = this.#calls.shift();
    return call ? Promise.resolve(call) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  asked(call: Call): void {
    const take = this.respond ?? this.#waiting.shift();
    if (take) take(call);
    else this.#calls.push(call);
  }
}

/** The style of a predictor with one stage. */
export function styleOf(unit: CallStyle["unit"], concurrency: number): CallStyle {
  return { ...ONE_BATCH, unit, concurrency, inFlight: concurrency };
}

function lineOf(outcome: { readonly output: unknown } | { readonly error: Partial<HostError> }): string {
  if ("output" in outcome) return `=${JSON.stringify(outcome.output)}`;
  const error = { code: "predictor_error", type: "ValueError", message: "bad", ...outcome.error };
  return `!${JSON.stringify(error)}`;
}

export function errorOf(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): MillraceError {
  return new MillraceError(code, message, { details });
}
