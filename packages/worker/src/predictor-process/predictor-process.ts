import { once } from "node:events";
import { DEFAULTS, type ErrorDetails, MillraceError } from "@millrace/core";
import {
  decodeStage,
  encodeFrame,
  encodePredict,
  type FoundMethods,
  FrameDecoder,
  HOST_KIND,
  type HostError,
  WORKER_KIND,
} from "@millrace/predictor/protocol";
import { endTree, killTree } from "@millrace/process-tree";
import { answeredCall, decodeFrame, type PredictOutput, readAnswer } from "./answers.ts";
import { brokenStream, memoryLimitPassed, stalled, stopped, timedOut, withDetails } from "./exit-cause.ts";
import { launch } from "./launch.ts";
import { causeOf, type Life, type PredictorExit } from "./life.ts";
import { LogPump } from "./log-pump.ts";
import { kernelOomKills, MemoryWatch } from "./memory-watch.ts";
import { type CallStyle, ONE_BATCH, type Predictor, type PredictRequest } from "./predictor.ts";
import { doing, type Request, RequestQueue } from "./request-queue.ts";
import { StallWatch } from "./stall-watch.ts";
import type { PredictorSpec, StartOptions } from "./start-options.ts";
import { within } from "./within.ts";

/** Time to exit for a process that has reported its end; after that it counts as ended anyway. */
const LEAVE_MS = 1_000;
/** Time for the last frames and lines of an exited process to arrive; leftover children may keep the pipes open. */
const DRAIN_MS = 5_000;

/** A predictor in a child process. It starts calls in their order, so more may wait than run at once. */
export class PredictorProcess implements Predictor {
  readonly #requests = new RequestQueue((request) => this.#timeOut(request));
  #life: Life | undefined;
  #ended: MillraceError | undefined;
  /** The call for which it was killed. */
  #timedOut: Request | undefined;
  #stall: StallWatch | undefined;
  #style = ONE_BATCH;
  #preprocessWorkers = 1;
  #lastSeq = 0;

  get peakMemoryBytes(): number {
    return this.#life?.memory.peakBytes ?? 0;
  }

  get pid(): number | undefined {
    const life = this.#life;
    return this.#ended || life?.said || life?.killedFor ? undefined : life?.launched.pid;
  }

  get style(): CallStyle {
    return this.#style;
  }

  get gone(): Promise<void> {
    return this.#life?.gone ?? Promise.resolve();
  }

  /** Starts the process; only once per object. @throws {MillraceError} predictor_not_loadable, unavailable */
  async start(options: StartOptions): Promise<void> {
    if (this.#life) throw new TypeError("Cannot start the predictor: it was started before");
    if (options.signal?.aborted) throw stopped();
    const kernelOomKillsBefore = kernelOomKills();
    const { memLimitBytes } = options;
    const launched = await launch(options);
    const { child, pid } = launched;
    const life: Life = {
      launched,
      log: new LogPump(child.stderr, options.onLine),
      memory: new MemoryWatch(pid, {
        limitBytes: memLimitBytes,
        onExceeded: (usedBytes) => this.#kill(memoryLimitPassed(usedBytes, memLimitBytes ?? 0)),
      }),
      memLimitBytes,
      decoder: new FrameDecoder(),
      kernelOomKillsBefore,
      killedFor: undefined,
      said: undefined,
      exit: undefined,
      gone: once(child, "exit").then(([exitCode, signal]) => this.#finish(life, { exitCode, signal })),
    };
    this.#life = life;
    const { stallTimeoutMs: limitMs } = options;
    if (limitMs !== undefined) {
      const kill = () => this.#kill(stalled(this.#requests.started.length, limitMs));
      this.#stall = new StallWatch(limitMs, kill);
    }
    child.stdout.on("data", (chunk: Buffer) => this.#receive(life, chunk));
    child.stdout.once("end", () => this.#framesClosed(life));
    // The death of a predictor shows in its exit, not in a failed write.
    child.stdin.on("error", () => {});
    const onAbort = () => this.#kill(stopped());
    options.signal?.addEventListener("abort", onAbort, { once: true });
    void life.gone.then(() => options.signal?.removeEventListener("abort", onAbort));
    if (options.signal?.aborted) onAbort();
  }

  /** Imports the predictor's module. @throws {MillraceError} predictor_not_loadable */
  load(spec: PredictorSpec, options: { readonly timeoutMs?: number } = {}): Promise<FoundMethods> {
    const { preprocess = { workers: DEFAULTS.preprocessWorkers, mode: DEFAULTS.preprocessMode } } = spec;
    this.#preprocessWorkers = preprocess.workers;
    const timeoutMs = options.timeoutMs ?? DEFAULTS.constructorTimeoutSeconds * 1000;
    const request = { kind: "load", doing: `loading "${spec.path}"`, timeoutMs } as const;
    return this.#ask(request, () => encodeFrame(WORKER_KIND.load, { ...spec, preprocess }));
  }

  /** Runs the predictor's constructor. @throws {MillraceError} predictor_init_failed, predictor_out_of_memory */
  async construct(options: { readonly timeoutMs: number }): Promise<FoundMethods> {
    const request = { kind: "construct", doing: "constructing the predictor", ...options } as const;
    const found = await this.#ask<FoundMethods>(request, () => encodeFrame(WORKER_KIND.construct));
    const { unit, concurrency, in_flight: inFlight, methods } = found;
    const isStaged = methods.includes("preprocess") || methods.includes("postprocess");
    this.#style = { unit, concurrency, inFlight, isStaged, preprocessWorkers: this.#preprocessWorkers };
    this.#requests.limit = inFlight;
    this.#requests.isStaged = isStaged;
    return found;
  }

  predict({ batchId, items, timeoutMs, onStage }: PredictRequest): Promise<PredictOutput> {
    this.#lastSeq = (this.#lastSeq + 1) % 2 ** 32;
    const seq = this.#lastSeq;
    const { unit, isStaged } = this.#style;
    const what = `${doing(isStaged ? undefined : "predict")} ${unit} "${batchId}"`;
    if (this.#requests.isEmpty) this.#stall?.moved();
    const call = { kind: "predict", doing: what, timeoutMs, seq, itemCount: items.length, onStage } as const;
    return this.#ask(call, () => encodePredict(seq, batchId, items));
  }

  complete(options: { readonly timeoutMs: number }): Promise<void> {
    const request = { kind: "complete", doing: "running the hook for the job's end", ...options } as const;
    return this.#ask(request, () => encodeFrame(WORKER_KIND.complete));
  }

  async stop(options: { readonly graceMs?: number } = {}): Promise<PredictorExit | undefined> {
    const life = this.#life;
    if (!life) return undefined;
    if (!life.exit) life.memory.sample();
    life.killedFor ??= stopped();
    life.launched.child.stdin.end();
    let isLate = false;
    const end = () => {
      isLate = life.exit === undefined;
      this.#kill(stopped());
    };
    const timer = setTimeout(end, options.graceMs ?? DEFAULTS.predictorQuitGraceSeconds * 1_000);
    await life.gone;
    clearTimeout(timer);
    return isLate ? undefined : life.exit;
  }

  async kill(): Promise<void> {
    this.#kill(stopped());
    await this.#life?.gone;
  }

  #ask<Answer>(
    request: Pick<Request, "kind" | "doing" | "timeoutMs"> &
      Partial<Pick<Request, "seq" | "itemCount" | "onStage">>,
    encode: () => Buffer,
  ): Promise<Answer> {
    const life = this.#life;
    if (!life) return Promise.reject(new TypeError("Cannot ask the predictor: it was not started"));
    const over = this.#ended ?? life.killedFor ?? (life.said && this.#cause(life));
    if (over) return Promise.reject(withDetails(over, { guilty: false }));
    return new Promise<Answer>((resolve, reject) => {
      const frame = encode();
      this.#requests.add({
        seq: 0,
        itemCount: 0,
        ...request,
        resolve: resolve as (answer: unknown) => void,
        reject,
      });
      this.#send(life, frame);
    });
  }

  /** Frames sent in one turn of the event loop are written together. */
  #send({ launched }: Life, frame: Buffer): void {
    const { stdin } = launched.child;
    if (stdin.writableCorked === 0) {
      stdin.cork();
      process.nextTick(() => stdin.uncork());
    }
    stdin.write(frame);
  }

  #receive(life: Life, chunk: Buffer): void {
    // Anything that still arrives from an abandoned process belongs to requests that have already failed.
    if (life.killedFor || life.said) return;
    try {
      for (const raw of life.decoder.push(chunk)) {
        const frame = decodeFrame(raw);
        if (frame.error?.exit_code !== undefined) {
          this.#leave(life, frame.error);
          return;
        }
        this.#stall?.moved();
        if (frame.kind === HOST_KIND.stage) {
          this.#requests.moved(decodeStage(frame.body));
          continue;
        }
        const seq = answeredCall(frame);
        const asked = seq === undefined ? this.#requests.oldest : this.#requests.find(seq);
        if (!asked) throw new RangeError(`Cannot take an answer: nothing was asked, or not call ${seq}`);
        const answer = readAnswer(asked, frame);
        this.#requests.remove(asked);
        if (this.#requests.isEmpty) this.#stall?.rest();
        if (answer instanceof MillraceError) asked.reject(answer);
        else asked.resolve(answer);
      }
    } catch (error) {
      this.#kill(brokenStream(error as Error));
    }
  }

  /**
   * The host has reported the error that ends its process. Exiting may take long, for example because of running
   * threads; callers need not wait for that.
   */
  #leave(life: Life, said: HostError): void {
    life.said = said;
    life.launched.child.stdin.end();
    const over = setTimeout(() => this.#over(this.#cause(life)), LEAVE_MS);
    const kill = setTimeout(() => this.#killProcesses(life), DEFAULTS.predictorQuitGraceSeconds * 1_000);
    void life.gone.then(() => {
      clearTimeout(over);
      clearTimeout(kill);
    });
  }

  /** Frames normally close when the process exits; one that continues without them will not answer again. */
  #framesClosed(life: Life): void {
    if (life.exit || life.killedFor || life.said) return;
    const error = new Error("it has closed the descriptor of its answers");
    const graceMs = DEFAULTS.predictorQuitGraceSeconds * 1_000;
    const timer = setTimeout(() => this.#kill(brokenStream(error)), graceMs);
    void life.gone.then(() => clearTimeout(timer));
  }

  #timeOut(request: Request): void {
    this.#timedOut ??= request;
    this.#kill(timedOut(request));
  }

  /** The first reason wins. */
  #kill(reason: MillraceError): void {
    const life = this.#life;
    if (!life || life.exit) return;
    life.killedFor ??= reason;
    this.#killProcesses(life);
  }

  /** Once it has exited, its pid may be reused. */
  #killProcesses({ exit, launched }: Life): void {
    if (!exit) killTree(launched.tree);
  }

  async #finish(life: Life, exit: PredictorExit): Promise<void> {
    life.exit = exit;
    const { child, tree } = life.launched;
    life.memory.stop();
    // Children that it left behind are killed too, which closes the pipes.
    await endTree(tree);
    const framesEnded = child.stdout.closed ? undefined : once(child.stdout, "close");
    await within(DRAIN_MS, Promise.allSettled([framesEnded, life.log.ended]));
    this.#over(this.#cause(life));
  }

  /** The request that ended the process, if that is known. */
  #culprit(started: readonly Request[]): Request | undefined {
    if (started.length === 1) return started[0];
    return started.find((request) => request === this.#timedOut || request.seq === this.#life?.said?.seq);
  }

  #cause(life: Life): MillraceError {
    const { started } = this.#requests;
    const culprit = this.#culprit(started);
    if (culprit) return causeOf(life, culprit.doing);
    return causeOf(life, started.length === 0 ? "waiting for a batch" : `with ${started.length} calls`);
  }

  /** Fails all requests, since nothing will be answered any more; the first cause wins. */
  #over(cause: MillraceError): void {
    if (this.#ended) return;
    this.#ended = cause;
    this.#stall?.rest();
    const { started, behind } = this.#requests.drain();
    const suspects = cause.code === "unavailable" ? [] : started.filter(({ kind }) => kind === "predict");
    // An engine that stands still may do so for any of its calls, even if it has only one.
    const guilty = cause.code === "predictor_stalled" ? undefined : this.#culprit(suspects);
    for (const request of [...started, ...behind]) {
      const isSuspect = guilty === undefined && suspects.includes(request);
      const details = { guilty: request === guilty, ...(isSuspect && { suspect: true }) };
      request.reject(withDetails(cause, details satisfies ErrorDetails));
    }
  }
}
