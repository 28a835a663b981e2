import { parseArgs } from "node:util";
import { FAULT_KINDS, type FaultKind } from "@millrace/chaos";
import type { ChaosBackend } from "@millrace/system";

/** Options of `npx pnpm@12 chaos`. */
export interface ChaosCommand {
  readonly seeds: readonly number[];
  readonly faults: number;
  readonly backends: readonly ChaosBackend[];
  /** Concurrent runs; they share the machine and the time that leases take to expire. */
  readonly atOnce: number;
  readonly kinds: readonly FaultKind[];
  /** Batches that a predictor has at once. */
  readonly concurrency: number;
  /** Where `preprocess` runs; undefined: there is only `predict`. */
  readonly stages: "thread" | "process" | undefined;
  readonly verbose: boolean;
  /** Number of kills in a storm, instead of schedules. */
  readonly storm: number | undefined;
}

export const USAGE = `npx pnpm@12 chaos [--seed N | --seed A..B] [--faults N] [--backend local|aws|both] [--at-once N]
                    [--kinds kind,kind] [--in-flight N] [--stages thread|process] [--verbose]
npx pnpm@12 chaos --storm KILLS [--seed N | --seed A..B] [--verbose]

  --seed      which schedule of faults, or which ones (default: 1)
  --faults    faults of a schedule (default: 12)
  --backend   where the jobs run; aws is emulated (default: both)
  --at-once   runs at the same time (default: 3)
  --kinds     only these faults: ${FAULT_KINDS.join(", ")}
  --in-flight batches that a predictor has at once (default: 1)
  --stages    with preprocess and postprocess; preprocess in threads or in processes
  --verbose   print each fault as it happens
  --storm     one service with many jobs and deploys at once, and so many kills of whatever runs: workers, predictors,
              what they started, installers, the service; in hooks, and while outputs are written (Linux)`;

/** @throws {RangeError | TypeError} for invalid arguments */
export function readCommandLine(args: readonly string[]): ChaosCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      faults: { type: "string", default: "12" },
      backend: { type: "string", default: "both" },
      "at-once": { type: "string", default: "3" },
      kinds: { type: "string" },
      "in-flight": { type: "string", default: "1" },
      stages: { type: "string" },
      verbose: { type: "boolean", default: false },
      storm: { type: "string" },
    },
  });
  return {
    seeds: readSeeds(values.seed),
    faults: readCount("--faults", values.faults),
    backends: readBackends(values.backend),
    atOnce: readCount("--at-once", values["at-once"]),
    kinds: values.kinds === undefined ? FAULT_KINDS : values.kinds.split(",").map(readKind),
    concurrency: readCount("--in-flight", values["in-flight"]),
    stages: readStages(values.stages),
    verbose: values.verbose,
    storm: values.storm === undefined ? undefined : readCount("--storm", values.storm),
  };
}

function readSeeds(text: string): readonly number[] {
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (!(count >= 1)) throw new RangeError(`Cannot use --seed "${text}": expected N or A..B`);
  return Array.from({ length: count }, (_, i) => Number(first) + i);
}

function readCount(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new RangeError(`Cannot use ${option} "${text}": expected an integer of at least 1`);
}

function readBackends(text: string): readonly ChaosBackend[] {
  if (text === "both") return ["local", "aws"];
  if (text === "local" || text === "aws") return [text];
  throw new RangeError(`Cannot use --backend "${text}": expected local, aws or both`);
}

function readStages(text: string | undefined): ChaosCommand["stages"] {
  if (text === undefined || text === "thread" || text === "process") return text;
  throw new RangeError(`Cannot use --stages "${text}": expected thread or process`);
}

function readKind(text: string): FaultKind {
  const kind = FAULT_KINDS.find((one) => one === text);
  if (kind) return kind;
  throw new RangeError(`Cannot use --kinds "${text}": expected some of ${FAULT_KINDS.join(", ")}`);
}
