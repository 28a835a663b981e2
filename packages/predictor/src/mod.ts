export type {
  Config,
  JobSpec,
  Predictor,
  PredictorClass,
  PredictorExport,
  PredictorFactory,
} from "./predictor.ts";
