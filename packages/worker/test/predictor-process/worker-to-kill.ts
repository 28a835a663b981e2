/** `worker-to-kill.ts <type> <dir>`: starts a predictor, lets it hang in a batch, prints its pid and waits. */
import process from "node:process";
import { hostCommand, PredictorProcess } from "../../src/predictor-process/mod.ts";

const [type, dir] = process.argv.slice(2) as ["python" | "typescript", string];
const predictor = new PredictorProcess();
const env = { ...process.env } as Record<string, string>;
await predictor.start({ command: hostCommand({ type, cwd: dir }), cwd: dir, env, onLine: () => {} });
const path = type === "python" ? "predictor.py" : "predictor.ts";
await predictor.load({ project_dir: dir, path, type, config: {}, job_spec: {} });
await predictor.construct({ timeoutMs: 10_000 });
const hanging = predictor.predict({ batchId: "b", items: ['"evil"'], timeoutMs: 1_000_000 });
process.stdout.write(String(predictor.pid));
await hanging;
