export type { Context, Interruption, TerminalStream } from "./context.ts";
export { EXIT, type ExitCode } from "./exit-codes.ts";
export { createProgram } from "./program.ts";
export { packProject } from "./project/pack-project.ts";
export { runCommandLine } from "./run.ts";
