import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { PredictorType } from "@millrace/core";

const BYTES_PER_MIB = 1024 * 1024;
/** Share of the memory limit for the JavaScript heap; the rest is for buffers, native code and the runtime. */
const HEAP_SHARE = 0.9;
/**
 * Frames go to descriptor 3 and come from descriptor 4, while 0 is empty and 1 is redirected to 2: whatever the
 * predictor and its children print or read, they cannot reach the frames (Node closes both on exec).
 */
const MOVE_STREAMS = 'exec "$@" 3>&1 4<&0 1>&2 </dev/null';

const require = createRequire(import.meta.url);

/** The command that starts a predictor's host on the current runtime. */
export function hostCommand(options: {
  readonly type: PredictorType;
  /** The interpreter. @default "python3" */
  readonly python?: string;
  /** Limits the JavaScript heap, so that running out of memory gives a clear message instead of a kill. */
  readonly memLimitBytes?: number | undefined;
  /** The project directory. */
  readonly cwd: string;
}): readonly string[] {
  if (options.type === "python") {
    return [options.python ?? "python3", "-u", require.resolve("@millrace/predictor/python-host")];
  }
  const main = require.resolve("@millrace/predictor/host");
  const heapFlags = heapLimitFlags(options.memLimitBytes);
  if ("deno" in process.versions) {
    // Deno cannot write to descriptors above 2 through node:fs: frames stay on 1, and the host redirects the
    // predictor's output.
    const v8Flags = heapFlags.length > 0 ? [`--v8-flags=${heapFlags.join(",")}`] : [];
    const flags = ["--no-lock", "--node-modules-dir=manual", ...v8Flags, ...importMap(options.cwd)];
    return [process.execPath, "run", "-A", ...flags, main, "1", "0"];
  }
  return ["/bin/sh", "-c", MOVE_STREAMS, "sh", process.execPath, ...heapFlags, main, "3", "4"];
}

/** Lets the project import this platform's `@millrace/predictor`; on Node, the host does that itself. */
function importMap(cwd: string): string[] {
  // A map of the project's own would be overridden.
  if (["deno.json", "deno.jsonc"].some((name) => existsSync(join(cwd, name)))) return [];
  const imports = { "@millrace/predictor": pathToFileURL(require.resolve("@millrace/predictor")).href };
  return [`--import-map=data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`];
}

function heapLimitFlags(memLimitBytes: number | undefined): string[] {
  if (memLimitBytes === undefined) return [];
  return [`--max-old-space-size=${Math.max(16, Math.floor((memLimitBytes * HEAP_SHARE) / BYTES_PER_MIB))}`];
}
