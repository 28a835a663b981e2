import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { isMillraceError, type MillraceError, type PredictorType } from "@millrace/core";
import type { LoadSpec } from "@millrace/predictor/protocol";
import type { ExecutionContext } from "ava";
import { hostCommand, PredictorProcess, type StartOptions } from "../../src/predictor-process/mod.ts";

export const TYPES = ["typescript", "python"] as const;
export const TIMEOUT_MS = 120_000;
export const JOB_SPEC = {
  job_id: "01JOB",
  api_name: "test",
  config: {},
  workers: 1,
  total_batch_count: 1,
  start_time: "",
};

/** A project directory that goes away after the test. */
export function project(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "millrace-predictor-")));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

/** A predictor's source whose `predict` (and constructor) have the given bodies; `items` is the payload. */
export function source(
  type: PredictorType,
  bodies: { predict: string; construct?: string; complete?: string; top?: string },
): string {
  if (type === "typescript") {
    return `${bodies.top ?? ""}
export class Predictor {
  config; jobSpec;
  constructor(config, jobSpec) { this.config = config; this.jobSpec = jobSpec; ${bodies.construct ?? ""} }
  async predict(items, batchId) { ${bodies.predict} }
  ${bodies.complete === undefined ? "" : `async onJobComplete() { ${bodies.complete} }`}
}
`;
  }
  const indented = (text: string) => text.split("\n").join("\n        ");
  return `${bodies.top ?? ""}
class PythonPredictor:
    def __init__(self, config, job_spec):
        self.config, self.job_spec = config, job_spec
        ${indented(bodies.construct ?? "pass")}
    def predict(self, payload, batch_id):
        items = payload
        ${indented(bodies.predict)}
${bodies.complete === undefined ? "" : `    def on_job_complete(self):\n        ${indented(bodies.complete)}`}
`;
}

/** Texts in a predictor's language. */
export function sourcesIn(type: PredictorType) {
  const say = (typescript: string, python: string) => (type === "python" ? python : typescript);
  /** A predictor that does `evil` on the item "evil" and echoes the others. */
  const evil = (typescript: string, python: string, top = "") =>
    source(type, {
      top,
      predict: say(
        `if (items[0] === "evil") { ${typescript} } return items;`,
        `if items[0] == "evil":\n    ${python.split("\n").join("\n    ")}\nreturn items`,
      ),
    });
  return { say, evil };
}

export interface Running {
  readonly process: PredictorProcess;
  readonly dir: string;
  readonly lines: string[];
  /** Of each line. */
  readonly batches: (string | undefined)[];
  predict(
    batchId: string,
    items: readonly unknown[],
    timeoutMs?: number,
  ): ReturnType<PredictorProcess["predict"]>;
}

/** Starts and loads a predictor given by its file's text; constructs it unless told not to. */
export async function running(
  t: ExecutionContext,
  options: {
    type: PredictorType;
    text: string;
    construct?: boolean;
    config?: unknown;
    concurrency?: number;
    preprocess?: LoadSpec["preprocess"];
    files?: Readonly<Record<string, string>>;
  } & Partial<StartOptions>,
): Promise<Running> {
  const path = options.type === "python" ? "predictor.py" : "predictor.ts";
  const dir = project(t, { [path]: options.text, ...options.files });
  const lines: string[] = [];
  const batches: (string | undefined)[] = [];
  const predictor = new PredictorProcess();
  t.teardown(() => predictor.kill());
  await predictor.start({
    command: hostCommand({ type: options.type, memLimitBytes: options.memLimitBytes, cwd: dir }),
    cwd: dir,
    env: environment(),
    onLine: (line, batch) => {
      lines.push(line);
      batches.push(batch);
    },
    ...options,
  });
  const { config = {}, concurrency, preprocess } = options;
  await predictor.load({
    project_dir: dir,
    path,
    type: options.type,
    config,
    job_spec: JOB_SPEC,
    ...(concurrency !== undefined && { concurrency }),
    ...(preprocess && { preprocess }),
  });
  if (options.construct !== false) await predictor.construct({ timeoutMs: TIMEOUT_MS });
  const predict: Running["predict"] = (batchId, items, timeoutMs = TIMEOUT_MS) =>
    predictor.predict({ batchId, items: items.map((item) => JSON.stringify(item)), timeoutMs });
  return { process: predictor, dir, lines, batches, predict };
}

export function environment(): Record<string, string> {
  return { ...process.env } as Record<string, string>;
}

/** The MillraceError that a promise is rejected with. */
export async function failure(t: ExecutionContext, promise: Promise<unknown>): Promise<MillraceError> {
  const error = await promise.then(
    () => t.fail("expected a rejection"),
    (error: unknown) => error,
  );
  if (!isMillraceError(error)) throw error;
  return error;
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, deadlineMs = 180_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so after ${deadlineMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A zombie is not: whoever must take its leave may be slow. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self") || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
