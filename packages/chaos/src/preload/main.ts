import { readFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

/**
 * Loaded into service and workers by `NODE_OPTIONS=--import`, in chaos runs only. It makes the clock wrong and the disk
 * slow, as set in the JSON file in MILLRACE_CHAOS_SETTINGS. Python predictors keep the right time.
 */
const REREAD_MS = 100;
const file = process.env.MILLRACE_CHAOS_SETTINGS;
let settings = { clockOffsetMs: 0, diskDelayMs: 0 };
let readMs = Number.NEGATIVE_INFINITY;

function current(): typeof settings {
  const nowMs = performance.now();
  if (file === undefined || nowMs - readMs < REREAD_MS) return settings;
  readMs = nowMs;
  try {
    settings = { ...settings, ...JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    // The file is being written or does not exist yet: keep the last settings.
  }
  return settings;
}

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts: readonly unknown[]) {
    // biome-ignore lint/suspicious/noExplicitAny: the overloads of Date's constructor cannot be told apart here.
    super(...((parts.length === 0 ? [RealDate.now() + current().clockOffsetMs] : parts) as [any]));
  }

  static override now(): number {
    return RealDate.now() + current().clockOffsetMs;
  }
} as DateConstructor;

/** Blocks the thread like a system call that does not return. */
function block(): void {
  const { diskDelayMs } = current();
  if (diskDelayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, diskDelayMs);
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  // The write-ahead log is written on commit; other statements in a transaction only change memory.
  if (sql === "COMMIT") block();
  return exec.call(this, sql);
};
for (const name of ["open", "writeFile", "appendFile", "rename"] as const) {
  const real = fs[name] as (...values: unknown[]) => Promise<unknown>;
  Object.assign(fs, {
    [name]: async (...values: unknown[]) => {
      const { diskDelayMs } = current();
      if (diskDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, diskDelayMs));
      return real(...values);
    },
  });
}
syncBuiltinESMExports();
