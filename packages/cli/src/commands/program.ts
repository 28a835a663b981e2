import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../exit-codes.ts";
import type { App, GlobalOptions } from "../session.ts";

/** The whole command line; each verb registers itself on it. */
export type Program = Command<[], GlobalOptions>;

/** Runs a verb with what it works on, and keeps its exit code. */
export type Run = (work: (app: App) => Promise<ExitCode> | Promise<void>) => Promise<void>;

/** What a verb's file exports. */
export type RegisterVerb = (program: Program, run: Run) => void;

/** One or two command lines below a verb's help, so that nobody starts from a blank prompt. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  millrace ${line}`).join("\n")}`;
}
