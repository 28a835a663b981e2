import { CommanderError } from "@commander-js/extra-typings";
import { isClientError } from "@millrace/client";
import { isMillraceError, type Problem } from "@millrace/core";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode, serviceExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { quotedLines } from "./terminal-text.ts";
import { UserError } from "./user-error.ts";

/** An error in the form that people read, and as `-o json` prints it. */
interface Report {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  /** Further lines, indented by two columns, or by four if their text is from elsewhere. */
  readonly lines: readonly string[];
  readonly problem?: Problem | undefined;
}

/** Prints the error on stderr and returns the exit code. */
export function reportError(
  error: unknown,
  options: { readonly context: Context; readonly output: Output },
): ExitCode {
  const { context, output } = options;
  // commander has already printed its own message
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (context.signal.aborted && !(error instanceof UserError)) {
    output.note("interrupted");
    return EXIT.interrupted;
  }
  const report = describe(error);
  if (output.isJson) {
    const { code, message, problem } = report;
    output.note(JSON.stringify({ error: { code, message, ...(problem === undefined ? {} : { problem }) } }));
  } else {
    const label = report.exitCode === EXIT.interrupted ? "" : `${output.style("red", "error:", "stderr")} `;
    output.note(label + report.message);
    for (const line of report.lines) output.note(line);
  }
  if (context.env.MILLRACE_DEBUG === "1")
    output.note(error instanceof Error ? (error.stack ?? "") : String(error));
  return report.exitCode;
}

function describe(error: unknown): Report {
  if (error instanceof UserError) {
    const lines = error.hint === undefined ? [] : [`  ${error.hint}`];
    return { exitCode: error.exitCode, code: "usage", message: error.message, lines };
  }
  if (isClientError(error)) {
    const lines = error.problem === undefined ? [] : problemLines(error.problem);
    const hint = clientHint(error.code);
    return {
      exitCode: serviceExitCode(error),
      code: error.code,
      message: error.message,
      lines: hint === undefined ? lines : [...lines, `  ${hint}`],
      problem: error.problem,
    };
  }
  if (isMillraceError(error)) {
    return { exitCode: EXIT.usage, code: error.code, message: error.message, lines: [] };
  }
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  if (
    code === "ENOENT" ||
    code === "EACCES" ||
    code === "EISDIR" ||
    code === "ENOSPC" ||
    code === "ENOTDIR"
  ) {
    return { exitCode: EXIT.usage, code, message, lines: [] };
  }
  const lines = ["  this is a bug in millrace; MILLRACE_DEBUG=1 shows where"];
  return { exitCode: EXIT.failed, code: "internal", message, lines };
}

/** The facts of a problem that its message does not contain. */
function problemLines(problem: Problem): readonly string[] {
  const { field, details = {}, detail, status, request_id } = problem;
  const lines: string[] = [];
  if (field !== undefined && !detail.includes(field)) lines.push(`  field: ${field}`);
  const { traceback, last_lines: lastLines } = details;
  if (typeof traceback === "string" && !detail.includes(traceback)) lines.push(...quotedLines(traceback));
  if (Array.isArray(lastLines)) lines.push(...lastLines.map(String).flatMap(quotedLines));
  if (status >= 500) lines.push(`  request id: ${request_id}`);
  return lines;
}

function clientHint(code: string): string | undefined {
  if (code === "unreachable") return "is it running? start it with: millrace up";
  if (code === "unauthorized")
    return "the token comes from MILLRACE_TOKEN, or from the file token in the home directory";
  if (code === "api_not_found") return "list the APIs with: millrace get";
  if (code === "job_not_found") return "list the jobs with: millrace jobs";
  return undefined;
}
