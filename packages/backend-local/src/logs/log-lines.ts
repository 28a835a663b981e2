import type { LogLine } from "@millrace/core";

/** A log line as stored; the file name gives the worker. */
interface StoredLine {
  readonly t: number;
  readonly l: LogLine["level"];
  readonly b?: string;
  readonly x: string;
}

export function encodeLine({ timeMs, level, batch, text }: LogLine): string {
  const stored: StoredLine = { t: timeMs, l: level, ...(batch !== undefined && { b: batch }), x: text };
  return `${JSON.stringify(stored)}\n`;
}

/** Returns undefined for a line that a killed process left incomplete. */
export function decodeLine(json: string, worker: number | null): LogLine | undefined {
  try {
    const { t, l, b, x } = JSON.parse(json) as StoredLine;
    if (typeof t !== "number" || typeof x !== "string") return undefined;
    return { timeMs: t, level: l, worker, ...(b !== undefined && { batch: b }), text: x };
  } catch {
    return undefined;
  }
}
