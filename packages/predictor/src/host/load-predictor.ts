import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import type { Predictor, PredictorClass, PredictorExport, PredictorFactory } from "../predictor.ts";
import type { FoundMethods, LoadSpec } from "../protocol.ts";

const METHODS = ["preprocess", "predict", "predictItem", "postprocess", "onJobComplete"] as const;
/** How many calls of predictItem run at once where the configuration does not say. */
const DEFAULT_ASYNC_ITEMS = 32;
/** One batch in postprocess, and one that waits for it. */
const BEHIND = 2;
const NO_METHOD = "it has no method predict";

/** Imports the predictor's module from its project. @throws {TypeError} when it exports no predictor */
export async function loadPredictor(spec: LoadSpec): Promise<PredictorExport> {
  process.chdir(spec.project_dir);
  const module: Record<string, unknown> = await import(
    pathToFileURL(resolve(spec.project_dir, spec.path)).href
  );
  const found = module.Predictor ?? module.default;
  if (typeof found === "function") {
    if (isClass(found) && !isPredictor(found.prototype) && !hasInstanceFields(found)) {
      throw new TypeError(`Cannot use class ${found.name} of "${spec.path}": ${NO_METHOD}`);
    }
    if (isPredictor(found.prototype)) checkRuns(found.prototype);
    return found as PredictorExport;
  }
  if (isPredictor(found)) return checkRuns(found);
  const names = Object.keys(module).join(", ") || "nothing";
  throw new TypeError(
    `Cannot find a predictor in "${spec.path}": it exports ${names}, expected \`export class Predictor\` ` +
      `with a method predict(payload, batchId) or predictItem(item, itemId)`,
  );
}

/** Constructs the predictor. @throws whatever its constructor throws; {TypeError} when it has no `predict` */
export async function constructPredictor(found: PredictorExport, spec: LoadSpec): Promise<Predictor> {
  const config = spec.config as Record<string, unknown>;
  const jobSpec = spec.job_spec as Parameters<PredictorFactory>[1];
  if (typeof found !== "function") return found;
  const made = isClass(found)
    ? new (found as PredictorClass)(config, jobSpec)
    : await (found as PredictorFactory)(config, jobSpec);
  if (isPredictor(made)) return checkRuns(made);
  throw new TypeError(`Cannot use the predictor that "${spec.path}" makes: ${NO_METHOD}`);
}

/** The predictor's methods and how it is called; of a factory, that is unknown before it has run. */
export function foundMethods(found: PredictorExport | Predictor, spec: LoadSpec): FoundMethods {
  const holder = (typeof found === "function" ? (found.prototype ?? {}) : found) as Record<string, unknown>;
  const methods = METHODS.filter((name) => typeof holder[name] === "function");
  const unit = methods.includes("predictItem") ? "item" : "batch";
  const byDefault = unit === "item" && types.isAsyncFunction(holder.predictItem) ? DEFAULT_ASYNC_ITEMS : 1;
  const concurrency = spec.concurrency ?? byDefault;
  const ahead = methods.includes("preprocess") ? 2 * spec.preprocess.workers : 0;
  const behind = methods.includes("postprocess") ? BEHIND : 0;
  return { methods, unit, concurrency, in_flight: ahead + concurrency + behind };
}

/** Rejects generators, since a call would not run their body, and two ways to be called. @throws {TypeError} */
function checkRuns(predictor: Predictor): Predictor {
  if (predictor.predict && predictor.predictItem) {
    throw new TypeError("Cannot use the predictor: it has both predict and predictItem, expected one");
  }
  const stage = predictor.preprocess ? "preprocess" : predictor.postprocess && "postprocess";
  if (predictor.predictItem && stage) {
    throw new TypeError(
      `Cannot use the predictor: it has both ${stage} and predictItem, expected ${stage} beside predict; ` +
        "predictItem can do all of an item's work itself",
    );
  }
  for (const name of METHODS) {
    if (types.isGeneratorFunction(predictor[name])) {
      throw new TypeError(
        `Cannot use the predictor's method ${name}: it is a generator, expected a function that returns the outputs`,
      );
    }
  }
  return predictor;
}

function isPredictor(value: unknown): value is Predictor {
  if (typeof value !== "object" || value === null) return false;
  const { predict, predictItem } = value as Predictor;
  return typeof predict === "function" || typeof predictItem === "function";
}

/** Includes classes that a bundler compiled to functions. */
function isClass(value: object): value is PredictorClass {
  return /^class\b/.test(sourceOf(value)) || isPredictor((value as { prototype?: unknown }).prototype);
}

/** `predict = async () => …` is not on the prototype; whether it exists is known only after construction. */
function hasInstanceFields(value: object): boolean {
  return /\bpredict(?:Item)?\s*=/.test(sourceOf(value));
}

function sourceOf(value: object): string {
  return Function.prototype.toString.call(value);
}
