/** `deno-script.ts <type> <dir>`: runs the predictor of `dir` in good and bad ways and prints what came of it as JSON. */
import process from "node:process";
import type { MillraceError } from "@millrace/core";
import { hostCommand, PredictorProcess } from "../../src/predictor-process/mod.ts";

const [type, dir] = process.argv.slice(2) as ["python" | "typescript", string];
const path = type === "python" ? "predictor.py" : "predictor.ts";
const env = { ...process.env } as Record<string, string>;

async function start(lines: string[]) {
  const predictor = new PredictorProcess();
  const onLine = (line: string) => void lines.push(line);
  const memLimitBytes = 2 ** 31;
  await predictor.start({
    command: hostCommand({ type, memLimitBytes, cwd: dir }),
    cwd: dir,
    env,
    onLine,
    memLimitBytes,
  });
  await predictor.load({ project_dir: dir, path, type, config: {}, job_spec: {} });
  const { methods } = await predictor.construct({ timeoutMs: 20_000 });
  const predict = (item: unknown, timeoutMs = 20_000) =>
    predictor.predict({ batchId: `${item}`, items: [JSON.stringify(item), "2"], timeoutMs });
  return { methods, predict };
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: MillraceError) => error,
  );

const lines: string[] = [];
const first = await start(lines);
const { lines: outputs } = await first.predict(1);
const raised = await failed(first.predict("raise"));
const exited = await Promise.all([failed(first.predict("exit")), failed(first.predict(3))]);
const second = await start([]);
const hung = await failed(second.predict("hang", 300));
process.stdout.write(
  JSON.stringify({
    methods: first.methods,
    outputs,
    raised: [raised?.code, raised?.message],
    exited: exited.map((error) => [error?.code, error?.details.exit_code, error?.details.guilty]),
    hung: [hung?.code, hung?.details.guilty],
    lines,
  }),
);
