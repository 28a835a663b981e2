import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../exit-codes.ts";
import type { App, GlobalOptions } from "../session.ts";

/** The whole command line; each verb registers itself with it. */
export type Program = Command<[], GlobalOptions>;

/** Runs a verb with its {@link App} and keeps the exit code. */
export type Run = (work: (app: App) => Promise<ExitCode> | Promise<void>) => Promise<void>;

/** What each verb's file exports. */
export type RegisterVerb = (program: Program, run: Run) => void;

/** One or two example command lines below a verb's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  millrace ${line}`).join("\n")}`;
}
