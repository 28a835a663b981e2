import test from "ava";
import {
  deployPython,
  deployTypeScript,
  failuresOf,
  numbers,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);
const ITEMS = 200;

const PREDICTORS = {
  python: `
class OutOfMemoryError(RuntimeError):
    __module__ = "torch"
class PythonPredictor:
    def predict(self, payload):
        if len(payload) > 10 or 77 in payload:
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return [{"double": 2 * item} for item in payload]
`,
  typescript: `
export class Predictor {
  async predict(items: number[]): Promise<unknown> {
    if (items.length > 10 || items.includes(77)) throw new Error("CUDA failure 2: out of memory");
    return items.map((item) => ({ double: 2 * item }));
  }
}
`,
};

for (const [language, source] of Object.entries(PREDICTORS)) {
  test(`${language}: batches that do not fit in the GPU are halved uncharged, and the size that fits is told`, async (t) => {
    const name = `gpu-${language}`;
    if (language === "python") await deployPython(platform(), name, source);
    else await deployTypeScript(platform(), name, source);
    const job = await runJob(platform(), name, numbers(ITEMS, { batch_size: 64 }));
    const { status, advice, call_limits, worker_states } = job.status.job_status;
    t.is(status, "completed_with_failures");
    const rows = (await rowsOf(job)) as readonly {
      output?: unknown;
      error?: { code: string; message: string };
    }[];
    t.deepEqual(
      rows.map(({ output, error }) => error?.code ?? output),
      Array.from({ length: ITEMS }, (_, i) => (i === 77 ? "predictor_out_of_gpu_memory" : { double: 2 * i })),
    );
    t.regex(
      rows[77]?.error?.message ?? "",
      /out of memory.*\(the item was alone: it does not fit in the GPU's memory\)/,
    );
    t.is((await failuresOf(job)).length, 1);
    const attempts = worker_states.reduce((sum, { failed_attempts }) => sum + failed_attempts, 0);
    t.is(attempts, 3, "only the item that never fits is charged");
    const { gpu_batch_items } = call_limits;
    t.true(gpu_batch_items !== null && gpu_batch_items < 64, `${gpu_batch_items}`);
    t.regex(
      advice ?? "",
      /do not fit in the GPU's memory, so the workers predict at most \d+ items at once: set batch_size to \d+/,
    );
  });
}
