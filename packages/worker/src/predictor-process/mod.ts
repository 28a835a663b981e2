export type { Stage } from "@millrace/predictor/protocol";
export { itemError, type PredictOutput } from "./answers.ts";
export { hostCommand } from "./host-command.ts";
export type { OnLine } from "./log-pump.ts";
export {
  type CallStyle,
  type LaunchPredictor,
  ONE_BATCH,
  type Predictor,
  type StartedPredictor,
} from "./predictor.ts";
export { PredictorProcess } from "./predictor-process.ts";
export { diedUnsaid, type PredictorEnd, PredictorSlot } from "./predictor-slot.ts";
export type { StartOptions } from "./start-options.ts";
