export type { PredictOutput } from "./answers.ts";
export { hostCommand } from "./host-command.ts";
export type { PredictorExit } from "./life.ts";
export type { OnLine } from "./log-pump.ts";
export { PredictorProcess, type StartOptions } from "./predictor-process.ts";
