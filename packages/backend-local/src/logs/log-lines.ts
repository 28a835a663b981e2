import type { LogLine } from "@millrace/core";

/** As a line is kept; the worker is the file's. */
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

/** A line that a killed process left half-written is none. */
export function decodeLine(json: string, worker: number | null): LogLine | undefined {
  try {
    const { t, l, b, x } = JSON.parse(json) as StoredLine;
    if (typeof t !== "number" || typeof x !== "string") return undefined;
    return { timeMs: t, level: l, worker, ...(b !== undefined && { batch: b }), text: x };
  } catch {
    return undefined;
  }
}
