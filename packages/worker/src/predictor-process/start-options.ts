import type { LoadSpec } from "@millrace/predictor/protocol";
import type { OnLine } from "./log-pump.ts";

/** What to load. How `preprocess` runs may be left out. */
export type PredictorSpec = Omit<LoadSpec, "preprocess"> & Partial<Pick<LoadSpec, "preprocess">>;

/** What a predictor's process starts with. */
export interface StartOptions {
  /** Created by {@link hostCommand}. */
  readonly command: readonly string[];
  /** The project directory. */
  readonly cwd: string;
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Kills the predictor when it and its children exceed this. */
  readonly memLimitBytes?: number | undefined;
  /** Kills the predictor when it answers nothing for so long although it has calls. @default never */
  readonly stallTimeoutMs?: number | undefined;
  /** Called with each line that the predictor prints; a returned promise applies backpressure. */
  readonly onLine: OnLine;
  /** Kills the predictor when it aborts. */
  readonly signal?: AbortSignal | undefined;
}
