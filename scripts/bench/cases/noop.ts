import type { Measurement } from "../measure.ts";
import { deploy, type Platform, runJob, runningSeconds } from "../platform.ts";

const ITEMS = 100_000;
const PROJECT = {
  "millrace.yaml": `
- { name: noop-typescript, kind: BatchAPI, predictor: { type: typescript, path: noop.ts } }
- { name: noop-python, kind: BatchAPI, predictor: { type: python, path: noop.py } }
`,
  "noop.ts": "export class Predictor { predict(payload: unknown[]) { return payload; } }\n",
  "noop.py":
    "class PythonPredictor:\n    def __init__(self):\n        pass\n\n    def predict(self, payload):\n        return payload\n",
};

/** A predictor that does nothing, one item a batch, one worker: what a batch costs. */
export async function noop(platform: Platform, options: { readonly rounds: number }): Promise<Measurement[]> {
  await deploy(platform, PROJECT);
  const items = Array.from({ length: ITEMS }, (_, i) => i);
  const submission = { workers: 1, item_list: { items, batch_size: 1 } };
  const rates = { typescript: [] as number[], python: [] as number[] };
  for (let round = 0; round < options.rounds; round++) {
    for (const language of ["typescript", "python"] as const) {
      const status = await runJob(platform, `noop-${language}`, { submission });
      if (status.metrics.items.succeeded !== ITEMS)
        throw new Error(`noop-${language}: ${JSON.stringify(status.job_status)}`);
      rates[language].push(ITEMS / runningSeconds(status));
    }
  }
  return [
    {
      name: "no-op TypeScript, batch size 1, 1 worker",
      unit: "batches/s",
      ours: rates.typescript,
      target: { kind: "at least", value: 5_000 },
    },
    {
      name: "no-op Python, batch size 1, 1 worker",
      unit: "batches/s",
      ours: rates.python,
      target: { kind: "at least", value: 3_000 },
    },
  ];
}
