export { ItemError, RetryLater } from "./item-error.ts";
export type {
  Config,
  JobSpec,
  Predictor,
  PredictorClass,
  PredictorExport,
  PredictorFactory,
} from "./predictor.ts";
