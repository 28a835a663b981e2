import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and returns its output. @throws {Error} with the end of its stderr when it fails */
export async function runCommand(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program = "", ...args] = command;
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr = (stderr + text).slice(-10_000);
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  if (code === 0) return stdout.trim();
  const why = stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`${program} ${args[0] ?? ""} ended with exit code ${code}: ${why}`, {
    cause: stderr,
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
