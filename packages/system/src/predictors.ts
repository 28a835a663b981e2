/** Predictors for tests: plain Python and TypeScript, without dependencies. */

/** Doubles numbers. */
export const DOUBLE_PY = `
class PythonPredictor:
    def __init__(self, config):
        self.factor = config.get("factor", 2)

    def predict(self, payload):
        return [item * self.factor for item in payload]
`;

/** Doubles numbers. */
export const DOUBLE_TS = `
export class Predictor {
  predict(payload: number[]): number[] {
    return payload.map((item) => item * 2);
  }
}
`;

/** Returns its payload. */
export const ECHO_TS = `
export class Predictor {
  predict(payload: unknown[]): unknown[] {
    return payload;
  }
}
`;

/**
 * Methods of a Python predictor: `self.first(name)` is true once in a job, whatever dies, if its config names a directory
 * `done`.
 */
export const FIRST_PY = `
    def __init__(self, config, job_spec):
        self.done = config["done"]
        os.makedirs(self.done, exist_ok=True)
    def first(self, what):
        try:
            os.mkdir(os.path.join(self.done, str(what)))
            return True
        except FileExistsError:
            return False
`;

/** A Python predictor whose `predict` has the given lines, which can use `self.config`, `payload` and `batch_id`. */
export function pythonPredict(...lines: readonly string[]): string {
  return [
    "import ctypes, json, os, signal, subprocess, sys, time",
    "class PythonPredictor:",
    "    def __init__(self, config, job_spec):",
    "        self.config = config",
    "        self.job_spec = job_spec",
    "    def predict(self, payload, batch_id):",
    ...lines.map((line) => `        ${line}`),
    "",
  ].join("\n");
}

/** A Python predictor whose constructor has the given lines, which can use `config`; `predict` echoes. */
export function pythonConstruct(...lines: readonly string[]): string {
  return [
    "import os, signal, subprocess, sys, time",
    "class PythonPredictor:",
    "    def __init__(self, config):",
    ...lines.map((line) => `        ${line}`),
    "    def predict(self, payload):",
    "        return payload",
    "",
  ].join("\n");
}
