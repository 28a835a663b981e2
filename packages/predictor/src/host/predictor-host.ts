import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Frame } from "../frame-decoder.ts";
import type { Predictor, PredictorExport } from "../predictor.ts";
import {
  decodeJson,
  decodePredict,
  encodeFrame,
  encodeOutput,
  encodeStage,
  encodeText,
  type FoundMethods,
  HOST_KIND,
  type HostPhase,
  type LoadSpec,
  MARK_FROM_MS,
  type Stage,
  WORKER_KIND,
} from "../protocol.ts";
import type { Channel } from "./channel.ts";
import { describeError } from "./describe-error.ts";
import { encodeAnswer } from "./encode-outcomes.ts";
import type { EncodedOutput } from "./encode-output.ts";
import { constructPredictor, foundMethods, loadPredictor } from "./load-predictor.ts";
import { markBegin, markEnd } from "./mark-batch.ts";
import { isPromise, settlePromises } from "./settle-promises.ts";
import { type StagedCall, StageError, Stages } from "./stages.ts";
import { InvalidOutputError, UNSETTLED, writeJson } from "./write-json.ts";

/** Number of waiting frames at which reading pauses; the rest of the last chunk is kept too. */
const READ_AHEAD_FRAMES = 4;
/** Maximum time that batches run without a turn of the event loop in between. */
const MAX_HOLD_MS = 10;

interface RunningPredict {
  readonly seq: number;
  readonly itemCount: number;
  /** The batch's start mark is in the log, its end mark is not yet. */
  isMarked: boolean;
  readonly startedMs: number;
}

/** Answers the worker's frames: one after another, or several predicts at once. */
export class PredictorHost {
  readonly #write: Channel["write"];
  readonly #waiting: Frame[] = [];
  #isBusy = false;
  #onRoom: (() => void) | undefined;
  #spec: LoadSpec | undefined;
  #export: PredictorExport | undefined;
  #predictor: Predictor | undefined;
  #unit: FoundMethods["unit"] = "batch";
  /** Absent for a predictor with predict alone. */
  #stages: Stages | undefined;
  /** How many predicts are started at once. */
  #limit = 1;
  #marksBatch = true;
  /** Predicts whose promise has not settled. */
  readonly #running = new Set<Promise<void>>();
  /** The request being answered, in the fields of an error frame. */
  #answering: { readonly seq?: number; readonly phase?: HostPhase } = {};

  constructor(write: Channel["write"]) {
    this.#write = write;
  }

  /** Adds a frame; it is answered after those before it. */
  receive(frame: Frame): void {
    this.#waiting.push(frame);
    if (this.#isBusy) return;
    this.#isBusy = true;
    // After this turn, when the chunk's other frames have been received.
    setImmediate(() => void this.#run());
  }

  /** True while a request is unanswered. */
  get isAsked(): boolean {
    const { seq, phase } = this.#answering;
    return this.#waiting.length > 0 || this.#running.size > 0 || seq !== undefined || phase !== undefined;
  }

  /** Reports an error that ends the process, so that the worker does not wait for an answer. */
  tellLeaving(error: unknown, exitCode: number): void {
    const told = { ...this.#answering, ...describeError(error, "predictor_crashed"), exit_code: exitCode };
    this.#write(encodeText(HOST_KIND.error, writeJson(told)));
  }

  /** Resolves when few enough frames are waiting for the next one to be read. */
  async room(): Promise<void> {
    if (this.#waiting.length < READ_AHEAD_FRAMES) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
  }

  async #run(): Promise<void> {
    let heldSinceMs = performance.now();
    for (let frame = this.#waiting.shift(); frame; frame = this.#waiting.shift()) {
      if (this.#waiting.length < READ_AHEAD_FRAMES) this.#onRoom?.();
      const pending = this.#answer(frame);
      if (pending && frame.kind === WORKER_KIND.predict) await this.#hasRoom(pending);
      else if (pending) await pending;
      this.#answering = {};
      if (performance.now() - heldSinceMs < MAX_HOLD_MS) continue;
      await new Promise(setImmediate);
      heldSinceMs = performance.now();
    }
    this.#isBusy = false;
  }

  /** Waits until another predict may run beside those whose promise has not settled. */
  async #hasRoom(pending: Promise<void>): Promise<void> {
    if (this.#limit === 1) return pending;
    const running = pending.finally(() => this.#running.delete(running));
    this.#running.add(running);
    // An error that nothing catches could come from any of them.
    this.#answering = {};
    if (this.#running.size >= this.#limit) await Promise.race(this.#running);
  }

  /**
   * Returns a promise only if there is something to wait for: a turn of the event loop is expensive for a no-op batch.
   */
  #answer(frame: Frame): Promise<void> | undefined {
    switch (frame.kind) {
      case WORKER_KIND.predict:
        return this.#predict(frame.body);
      case WORKER_KIND.load:
        return this.#phase("load", () => this.#load(decodeJson<LoadSpec>(frame.body)));
      case WORKER_KIND.construct:
        return this.#phase("construct", () => this.#construct());
      case WORKER_KIND.complete:
        return this.#phase("complete", () => this.#complete());
      default:
        throw new RangeError(`Cannot answer a frame of kind ${frame.kind}: it is unknown to this host`);
    }
  }

  async #phase(phase: HostPhase, work: () => Promise<Buffer>): Promise<void> {
    this.#answering = { phase };
    let answer: Buffer;
    try {
      answer = await work();
    } catch (error) {
      const code = {
        load: "predictor_not_loadable",
        construct: "predictor_init_failed",
        complete: "predictor_error",
      };
      answer = encodeText(HOST_KIND.error, writeJson({ phase, ...describeError(error, code[phase]) }));
    }
    this.#write(answer);
  }

  async #load(spec: LoadSpec): Promise<Buffer> {
    this.#spec = spec;
    this.#export = await loadPredictor(spec);
    return encodeText(HOST_KIND.loaded, writeJson(foundMethods(this.#export, spec)));
  }

  async #construct(): Promise<Buffer> {
    if (!this.#export || !this.#spec)
      throw new TypeError("Cannot construct the predictor: nothing is loaded");
    this.#predictor = await constructPredictor(this.#export, this.#spec);
    const found = foundMethods(this.#predictor, this.#spec);
    this.#unit = found.unit;
    this.#limit = found.in_flight;
    if (this.#predictor.preprocess || this.#predictor.postprocess) {
      this.#stages = new Stages(this.#predictor, {
        preprocessWorkers: this.#spec.preprocess.workers,
        concurrency: found.concurrency,
        rules: this.#spec.output,
        onStage: (seq, stage) => this.#write(encodeStage(seq, stage)),
      });
    }
    return encodeText(HOST_KIND.ready, writeJson(found));
  }

  async #complete(): Promise<Buffer> {
    await this.#predictor?.onJobComplete?.();
    return encodeFrame(HOST_KIND.completed);
  }

  #predict(body: Buffer): Promise<void> | undefined {
    const { seq, batchId, payload } = decodePredict(body);
    this.#answering = { seq };
    let running: RunningPredict | undefined;
    try {
      if (!this.#predictor) throw new TypeError("Cannot predict: the predictor is not constructed");
      const items = parseItems(payload);
      if (this.#stages) return this.#answerStaged(this.#stages, { seq, batchId, items });
      // The count is kept, since predict may empty the array it was given.
      running = this.#begin(seq, { batchId, itemCount: items.length });
      const returned = this.#call(this.#predictor, items, batchId);
      if (isPromise(returned)) return this.#sendLater(running, returned);
      return this.#sendOutput(running, returned);
    } catch (error) {
      if (running) this.#end(running);
      this.#sendError(seq, error);
      return undefined;
    }
  }

  /** Never rejects. */
  async #answerStaged(stages: Stages, call: StagedCall): Promise<void> {
    try {
      const output = await stages.run(call);
      if (output.warning) process.stderr.write(`warning: ${output.warning}\n`);
      this.#write(encodeOutput(call.seq, output.mode, output));
    } catch (error) {
      if (error instanceof StageError) this.#sendError(call.seq, error.thrown, error.stage);
      else this.#sendError(call.seq, error);
    }
  }

  #call(predictor: Predictor, items: unknown[], batchId: string): unknown {
    if (this.#unit === "batch") return predictor.predict?.(items, batchId);
    return predictor.predictItem?.(items[0], itemId(items[0], batchId));
  }

  #begin(seq: number, { batchId, itemCount }: { batchId: string; itemCount: number }): RunningPredict {
    const isMarked = this.#limit === 1 && this.#marksBatch && markBegin(batchId);
    return { seq, itemCount, isMarked, startedMs: performance.now() };
  }

  /** Sends the result of a promise. Never rejects. */
  async #sendLater(running: RunningPredict, promised: PromiseLike<unknown>): Promise<void> {
    try {
      await this.#sendOutput(running, await promised);
    } catch (error) {
      this.#end(running);
      this.#sendError(running.seq, error);
    }
  }

  /** Writes the end mark of the predict, once. @returns how long it took, ms */
  #end(running: RunningPredict, atMs = performance.now()): number {
    const predictMs = atMs - running.startedMs;
    if (running.isMarked) markEnd();
    running.isMarked = false;
    this.#marksBatch = predictMs >= MARK_FROM_MS;
    return predictMs;
  }

  /** Returns a promise only if the output's arrays contain some. @throws {InvalidOutputError} */
  #sendOutput(running: RunningPredict, value: unknown): Promise<void> | undefined {
    const returnedMs = performance.now();
    let output: EncodedOutput;
    try {
      const answer = this.#unit === "item" ? [value] : value;
      output = encodeAnswer(answer, running.itemCount, this.#spec?.output);
    } catch (error) {
      if (error === UNSETTLED) return this.#sendLater(running, settlePromises(value));
      throw error;
    }
    const predictMs = this.#end(running, returnedMs);
    if (output.warning) process.stderr.write(`warning: ${output.warning}\n`);
    const stagesUs = { preprocess: 0, predict: Math.round(predictMs * 1000), postprocess: 0 };
    this.#write(encodeOutput(running.seq, output.mode, { stagesUs, lines: output.lines }));
    return undefined;
  }

  #sendError(seq: number, error: unknown, stage: Stage = "predict"): void {
    const isOutput = InvalidOutputError.is(error);
    const described = describeError(error, isOutput ? "invalid_output" : "predictor_error");
    // For invalid output, the message contains the position; the stack would only show the host.
    const { traceback: _, ...withoutTraceback } = described;
    const told = {
      seq,
      ...(stage !== "predict" && { stage }),
      ...(isOutput ? withoutTraceback : described),
    };
    this.#write(encodeText(HOST_KIND.error, writeJson(told)));
  }
}

/** The item's `custom_id`, or its index in the dataset. */
function itemId(item: unknown, batchId: string): string {
  const id = (item as { custom_id?: unknown } | null | undefined)?.custom_id;
  return id === undefined || id === null ? String(Number.parseInt(batchId, 10)) : String(id);
}

function parseItems(payload: Buffer): unknown[] {
  let text: string;
  try {
    text = payload.toString("utf8");
  } catch (error) {
    throw new RangeError(
      `Cannot read the batch: ${payload.length} bytes are more than a JavaScript string can hold, expected a smaller batch_size`,
      { cause: error },
    );
  }
  return JSON.parse(text) as unknown[];
}
