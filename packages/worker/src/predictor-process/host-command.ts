import { createRequire } from "node:module";
import process from "node:process";
import type { PredictorType } from "@millrace/core";

const BYTES_PER_MIB = 1024 * 1024;
/** Part of the memory limit that JavaScript's own heap may take; the rest is for buffers, native code and the runtime. */
const HEAP_SHARE = 0.9;
/**
 * Frames go to descriptor 3 and come from descriptor 4, while 0 is empty and 1 goes where 2 goes: whatever the predictor
 * and its children print or read, they cannot reach the frames (Node closes both on exec).
 */
const MOVE_STREAMS = 'exec "$@" 3>&1 4<&0 1>&2 </dev/null';

const require = createRequire(import.meta.url);

/** The command that starts the host of a predictor, on the runtime that this process runs on. */
export function hostCommand(options: {
  readonly type: PredictorType;
  /** The interpreter. @default "python3" */
  readonly python?: string;
  /** Bounds JavaScript's heap, so that it ends with a clear message rather than by a kill. */
  readonly memLimitBytes?: number | undefined;
}): readonly string[] {
  if (options.type === "python") {
    return [options.python ?? "python3", "-u", require.resolve("@millrace/predictor/python-host")];
  }
  const main = require.resolve("@millrace/predictor/host");
  const heapFlags = heapLimitFlags(options.memLimitBytes);
  if ("deno" in process.versions) {
    // Deno cannot write to descriptors above 2 through node:fs: frames stay on 1, and the host redirects the prints.
    const v8Flags = heapFlags.length > 0 ? [`--v8-flags=${heapFlags.join(",")}`] : [];
    const flags = ["--no-lock", "--node-modules-dir=manual", ...v8Flags];
    return [process.execPath, "run", "-A", ...flags, main, "1", "0"];
  }
  return ["/bin/sh", "-c", MOVE_STREAMS, "sh", process.execPath, ...heapFlags, main, "3", "4"];
}

function heapLimitFlags(memLimitBytes: number | undefined): string[] {
  if (memLimitBytes === undefined) return [];
  return [`--max-old-space-size=${Math.max(16, Math.floor((memLimitBytes * HEAP_SHARE) / BYTES_PER_MIB))}`];
}
