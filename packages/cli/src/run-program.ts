import { runProcess } from "@millrace/process-tree";
import type { App } from "./session.ts";

const LIMIT_MS = 10_000;

/** How a program ended: `missing` if there is no program of that name. */
export type ProgramEnd =
  | { readonly kind: "done"; readonly stdout: string }
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly message: string };

/** Runs a program on this machine until it ends, which must be within seconds. */
export async function runProgram({ context }: App, command: readonly string[]): Promise<ProgramEnd> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const end = await runProcess(command, { env: context.env, signal });
    if (end.code === 0) return { kind: "done", stdout: end.stdout };
    const how = end.code === null ? `it was ended by ${end.signal}` : `it ended with exit code ${end.code}`;
    return { kind: "failed", message: lastLine(end.stderr) ?? lastLine(end.stdout) ?? how };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { kind: "missing" } : { kind: "failed", message };
  }
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}
