import { MillraceError } from "@millrace/core";
import { type ProcessEnd, runProcess } from "@millrace/process-tree";

export interface RunOptions {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Written to stdin: for secrets that must not be visible in the arguments. */
  readonly input?: string | undefined;
  /** Sends output to this process's stderr as it arrives, without keeping it. @default false */
  readonly shown?: boolean | undefined;
}

/** Runs a program until it ends, successfully or not. @throws {MillraceError} unavailable when it is missing */
export async function tryRun(
  command: readonly string[],
  { cwd, env, input, shown }: RunOptions,
): Promise<ProcessEnd> {
  try {
    return await runProcess(command, { cwd, env, input, output: shown ? process.stderr.fd : "keep" });
  } catch (error) {
    throw notStarted(command[0] ?? "", error as NodeJS.ErrnoException);
  }
}

/** Like {@link tryRun}, but returns the output. @throws {MillraceError} unavailable when it fails */
export async function run(command: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, options);
  if (code === 0) return stdout.trim();
  const words = command.filter((word) => !word.startsWith("-")).slice(0, 3);
  throw new MillraceError(
    "unavailable",
    `Cannot run "${words.join(" ")}": it ended with exit code ${code}${lastLine(stderr)}`,
    { details: { command, exit_code: code } },
  );
}

/** `: ` and the last non-empty line, or nothing. */
export function lastLine(text: string): string {
  const line = text.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line}`;
}

function notStarted(program: string, cause: NodeJS.ErrnoException): MillraceError {
  const why = cause.code === "ENOENT" ? "it is not on PATH, expected it to be installed" : cause.message;
  return new MillraceError("unavailable", `Cannot run "${program}": ${why}`, { cause });
}
