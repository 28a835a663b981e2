import { runProcess } from "@millrace/process-tree";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and returns its output. @throws {Error} with the end of its stderr when it fails */
export async function runCommand(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const env = { ...process.env, ...options.env };
  const { code, stdout, stderr } = await runProcess(command, { ...options, env });
  if (code === 0) return stdout.trim();
  const why = stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`${command.slice(0, 2).join(" ")} ended with exit code ${code}: ${why}`, {
    cause: stderr.slice(-10_000),
  });
}

/** Like {@link runCommand}, but returns undefined when the program fails or is missing. */
export async function tryCommand(command: readonly string[]): Promise<string | undefined> {
  return runCommand(command).catch(() => undefined);
}

/** The seconds that a peer's script prints: JSON of `{seconds}` on its last line. */
export async function secondsOf(
  command: readonly string[],
  options: RunOptions = {},
): Promise<readonly number[]> {
  const text = await runCommand(command, options);
  const { seconds } = JSON.parse(text.split("\n").at(-1) ?? "") as { seconds: number | number[] };
  return [seconds].flat();
}
