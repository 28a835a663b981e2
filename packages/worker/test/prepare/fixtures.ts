import { join } from "node:path";
import process from "node:process";
import type { ApiSpec } from "@millrace/core";
import type { ExecutionContext } from "ava";
import { type PrepareOptions, prepareVersion } from "../../src/prepare/prepare-version.ts";
import type { PrepareEvent } from "../../src/prepare/run-step.ts";
import { temporaryDirectory, writeProject } from "./archives.ts";

export const PREDICTOR_PY = `class PythonPredictor:
    def __init__(self, config, job_spec): pass
    def predict(self, payload, batch_id): return payload
`;
export const PREDICTOR_TS = "export class Predictor { predict(payload: unknown[]) { return payload; } }\n";

export function apiSpec(
  type: "python" | "typescript",
  predictor: Partial<ApiSpec["predictor"]> = {},
): ApiSpec {
  return {
    name: "api",
    kind: "BatchAPI",
    predictor: {
      type,
      path: type === "python" ? "predictor.py" : "predictor.ts",
      config: {},
      env: {},
      pythonPath: ".",
      dependencies: { pip: "requirements.txt", conda: "conda-packages.txt", shell: "dependencies.sh" },
      ...predictor,
    },
    compute: { cpu: 1, gpu: 0, spot: false },
    networking: { endpoint: "api" },
    jobDefaults: { maxAttempts: 3, onFailure: "isolate", batchTimeoutSeconds: 60, prefetchBatches: 2 },
  };
}

/** A home directory in which versions are prepared. */
export interface Bench {
  readonly dir: string;
  /** Prepares version `name` of the files. */
  prepare(
    name: string,
    files: Readonly<Record<string, string>>,
    options?: Partial<PrepareOptions>,
  ): Promise<{
    readonly ok: boolean;
    readonly events: readonly PrepareEvent[];
    readonly output: string;
    readonly versionDir: string;
  }>;
}

export function bench(t: ExecutionContext): Bench {
  const dir = temporaryDirectory(t);
  return {
    dir,
    async prepare(name, files, options = {}) {
      const events: PrepareEvent[] = [];
      const versionDir = join(dir, "versions", name);
      const ok = await prepareVersion({
        versionDir,
        cacheDir: join(dir, "cache"),
        spec: apiSpec("python"),
        archivePath: writeProject(dir, files, `${name}.tar.gz`),
        env: process.env,
        ...options,
        emit: (event) => {
          events.push(event);
          options.emit?.(event);
        },
      });
      const output = events.flatMap((event) => (event.type === "output" ? [event.text] : [])).join("\n");
      return { ok, events, output, versionDir };
    },
  };
}

/** The error that a preparation ended with. */
export function lastError(events: readonly PrepareEvent[]): Extract<PrepareEvent, { type: "error" }> {
  const last = events.at(-1);
  if (last?.type !== "error") throw new TypeError(`the last event is ${last?.type}, expected error`);
  return last;
}
