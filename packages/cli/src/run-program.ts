import { execFile } from "node:child_process";
import type { App } from "./session.ts";

const LIMIT_MS = 10_000;

/** How a program ended: `missing` if there is no program of that name. */
export type ProgramEnd =
  | { readonly kind: "done"; readonly stdout: string }
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly message: string };

/** Runs a program on this machine until it ends, which must be within seconds. */
export function runProgram({ context }: App, command: readonly [string, ...string[]]): Promise<ProgramEnd> {
  const [program, ...args] = command;
  const options = { env: { ...context.env }, signal: context.signal, timeout: LIMIT_MS };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: "done", stdout });
      else if (error.code === "ENOENT") resolve({ kind: "missing" });
      else resolve({ kind: "failed", message: lastLine(stderr) ?? lastLine(stdout) ?? error.message });
    });
  });
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}
