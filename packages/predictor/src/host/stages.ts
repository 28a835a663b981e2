import { performance } from "node:perf_hooks";
import type { Predictor } from "../predictor.ts";
import type { LoadSpec, Stage, StageTimes } from "../protocol.ts";
import { describeError } from "./describe-error.ts";
import { encodeAnswer, encodeAnswerAsText, outcomeLines, separateErrors } from "./encode-outcomes.ts";
import type { EncodedOutput, EncodedText } from "./encode-output.ts";
import { isPromise, settlePromises } from "./settle-promises.ts";
import { Slots } from "./slots.ts";
import { UNSETTLED, writeJson } from "./write-json.ts";

/** A call on its way through the stages. */
export interface StagedCall {
  readonly seq: number;
  readonly batchId: string;
  readonly items: unknown[];
}

export interface StagesOptions {
  readonly preprocessWorkers: number;
  readonly concurrency: number;
  readonly rules: LoadSpec["output"];
  /** Called before a call enters a stage, and without one when it has to wait for the next. */
  readonly onStage: (seq: number, stage?: Stage) => void;
}

type Step = (value: unknown, batchId: string) => unknown;

/**
 * The stages of a predictor with `preprocess` or `postprocess`. An error in an array with an element per item is the
 * failure of that item alone: the next stage gets the others.
 */
export class Stages {
  readonly #steps: readonly { readonly stage: Stage; readonly slots: Slots; readonly run: Step }[];
  readonly #options: StagesOptions;

  constructor(predictor: Predictor, options: StagesOptions) {
    this.#options = options;
    const slots = { preprocess: options.preprocessWorkers, predict: options.concurrency, postprocess: 1 };
    this.#steps = (["preprocess", "predict", "postprocess"] as const).flatMap((stage) => {
      const run = predictor[stage]?.bind(predictor) as Step | undefined;
      return run ? [{ stage, slots: new Slots(slots[stage]), run }] : [];
    });
  }

  /** Runs the stages. @throws {StageError}, or whatever writing the output throws */
  async run({ seq, batchId, items }: StagedCall): Promise<EncodedOutput & { readonly stagesUs: StageTimes }> {
    const { rules, onStage } = this.#options;
    const open = new OpenItems(items.length);
    const us = { preprocess: 0, predict: 0, postprocess: 0 };
    let value: unknown = items;
    for (const [at, { stage, slots, run }] of this.#steps.entries()) {
      if (at > 0) onStage(seq);
      value = await slots.use(async () => {
        onStage(seq, stage);
        const startedMs = performance.now();
        const returned = await inStage(stage, async () =>
          checked(await arrived(await run(value, batchId)), stage),
        );
        us[stage] = Math.round((performance.now() - startedMs) * 1_000);
        return returned;
      });
      if (at < this.#steps.length - 1) value = open.keep(value, stage);
      if (open.count === 0) break;
    }
    return { ...(await open.encode(value, rules)), stagesUs: us };
  }
}

/** What a stage threw. */
export class StageError {
  readonly stage: Stage;
  readonly thrown: unknown;

  constructor(stage: Stage, thrown: unknown) {
    this.stage = stage;
    this.thrown = thrown;
  }
}

/** An array of promises, when all have settled. */
async function arrived(returned: unknown): Promise<unknown> {
  return Array.isArray(returned) && returned.some(isPromise) ? settlePromises(returned) : returned;
}

function checked(returned: unknown, stage: Stage): unknown {
  if (returned !== undefined || stage !== "preprocess") return returned;
  throw new TypeError("preprocess returned undefined, expected what predict gets: return something");
}

async function inStage(stage: Stage, work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    throw new StageError(stage, error);
  }
}

/** The items of a batch that have not failed yet. */
class OpenItems {
  readonly #failed = new Map<number, string>();
  #positions: readonly number[];

  constructor(count: number) {
    this.#positions = Array.from({ length: count }, (_, position) => position);
  }

  get count(): number {
    return this.#positions.length;
  }

  /** Takes the errors out of what a stage returned; returns what the next one gets. */
  keep(value: unknown, stage: Stage): unknown {
    const separated = separateErrors(value, this.count);
    if (!separated) return value;
    for (const [at, reason] of separated.failures) {
      const told = { ...describeError(reason, "predictor_error"), ...(stage !== "predict" && { stage }) };
      this.#failed.set(this.#positions[at] as number, `!${writeJson(told)}`);
    }
    this.#positions = this.#positions.filter((_, at) => !separated.failures.has(at));
    return separated.values;
  }

  async encode(value: unknown, rules: LoadSpec["output"]): Promise<EncodedOutput> {
    if (this.#failed.size === 0) return settled(value, (one) => encodeAnswer(one, this.count, rules));
    const output: EncodedText =
      this.count > 0
        ? await settled(value, (one) => encodeAnswerAsText(one, this.count, rules))
        : { mode: "none", lines: "" };
    const lines = outcomeLines(output, this.count);
    const all = new Array<string>(this.count + this.#failed.size);
    for (const [at, position] of this.#positions.entries()) all[position] = lines[at] as string;
    for (const [position, line] of this.#failed) all[position] = line;
    const { warning } = output;
    return { mode: "outcomes", lines: all.join("\n"), ...(warning !== undefined && { warning }) };
  }
}

/** Encodes a value; if there are promises in its arrays, when they are settled. */
async function settled<Encoded>(value: unknown, encode: (value: unknown) => Encoded): Promise<Encoded> {
  try {
    return encode(value);
  } catch (error) {
    if (error !== UNSETTLED) throw error;
    return encode(await settlePromises(value));
  }
}
