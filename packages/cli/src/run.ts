import type { Program, Run } from "./commands/program.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { Output } from "./output.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";
import { createApp } from "./session.ts";

/** Runs one command line, given without runtime and script; resolves with the exit code, never rejects. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  let output = new Output(context, "text");
  const createRun =
    (program: Program): Run =>
    async (work) => {
      const app = createApp(context, program.opts());
      output = app.output;
      exitCode = (await work(app)) ?? EXIT.ok;
    };
  const program = createProgram(context, createRun);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return reportError(error, { context, output });
  }
}
