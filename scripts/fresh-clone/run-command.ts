import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { processesOf } from "../../packages/chaos/src/processes.ts";

const DEADLINE_MS = 300_000;
const END_DEADLINE_MS = 30_000;

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** For commands that run until interrupted: sends Ctrl-C once the output matches this. */
  readonly until?: RegExp | undefined;
}

export interface Ran {
  readonly code: number | null;
  /** Stdout and stderr, without colours: on CI, some tools colour even output to a pipe. */
  readonly output: string;
  readonly seconds: number;
}

/**
 * Runs a shell command line without a terminal. @throws {Error} with its output so far, when it does not end in time
 */
export async function runCommand(command: string, { cwd, env, until }: RunOptions): Promise<Ran> {
  const startedAt = performance.now();
  // In its own process group, as under a terminal, so that Ctrl-C reaches all of it.
  const child = spawn("bash", ["-c", `exec 2>&1; ${command}`], {
    cwd,
    env: { ...env },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const signal = (name: NodeJS.Signals) => child.pid !== undefined && process.kill(-child.pid, name);
  let output = "";
  let isInterrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (isInterrupted || !until?.test(stripVTControlCharacters(output))) return;
    isInterrupted = true;
    signal("SIGINT");
  });
  const code = await new Promise<number | null>((done, fail) => {
    const timer = setTimeout(() => {
      signal("SIGKILL");
      fail(new Error(`Cannot run "${command}": no end within ${DEADLINE_MS / 1_000} s of\n${output}`));
    }, DEADLINE_MS);
    child.once("error", fail);
    // Not "close": a service that was started to stay keeps the pipe open.
    child.once("exit", (exitCode) => {
      clearTimeout(timer);
      setTimeout(() => done(exitCode), 200);
    });
  });
  child.stdout.destroy();
  return { code, output: stripVTControlCharacters(output), seconds: (performance.now() - startedAt) / 1_000 };
}

/** Command lines of the processes that are still running some time after a command in this directory has ended. */
export async function leftRunning(
  directory: string,
  { deadlineMs = END_DEADLINE_MS }: { readonly deadlineMs?: number } = {},
): Promise<readonly string[]> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const left = processesOf(directory);
    if (left.length === 0 || performance.now() > deadline) return left.map(({ command }) => command);
    await delay(50);
  }
}
