import { type StdioOptions, spawn } from "node:child_process";
import type { Readable } from "node:stream";

const OUTPUT_CHARACTERS = 16 * 1024 * 1024;
/** A process that the program left running may keep its output open: do not wait for it. */
const OUTPUT_GRACE_MS = 1_000;

export interface RunProcessOptions {
  /** @default this process's */
  readonly cwd?: string | undefined;
  /** The whole environment. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Written to stdin, which is closed then. @default stdin is empty */
  readonly input?: string | undefined;
  /** The program may ask its user: it gets this process's stdin. @default false */
  readonly isInteractive?: boolean | undefined;
  /** `keep` returns the output; a number is a descriptor to write it to. @default keep */
  readonly output?: "keep" | "inherit" | "ignore" | number | undefined;
  /** Of longer output, the end is kept. @default 16 Mi characters for each stream */
  readonly outputCharacters?: number | undefined;
  /** Called with output as it arrives, in its order as far as the system tells it. */
  readonly onOutput?: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
  /** Sends `killSignal` to the program. */
  readonly signal?: AbortSignal | undefined;
  /** @default SIGTERM */
  readonly killSignal?: NodeJS.Signals | undefined;
}

/** How a program ended: `code` is null if `signal` ended it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program until it ends, successfully or not, also after an abort. Processes that it starts are left alone: what
 * installs or predicts runs in a process tree of its own, which is ended with it.
 *
 * @throws the system's error if it cannot be started, or the reason of a signal that was already aborted
 */
export async function runProcess(
  command: readonly string[],
  options: RunProcessOptions = {},
): Promise<ProcessEnd> {
  const { cwd, env, input, signal, killSignal = "SIGTERM" } = options;
  signal?.throwIfAborted();
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...env } }),
    stdio: stdioOf(options),
  });
  const ended = Promise.withResolvers<Pick<ProcessEnd, "code" | "signal">>();
  child.on("error", (error) => {
    // A signal that cannot be sent is an "error" too, but the program runs.
    if (child.pid === undefined) ended.reject(error);
  });
  const stdout = collect(child.stdout, (text) => options.onOutput?.(text, "stdout"), options);
  const stderr = collect(child.stderr, (text) => options.onOutput?.(text, "stderr"), options);
  child.once("close", (code, by) => ended.resolve({ code, signal: by }));
  child.once("exit", () => {
    const giveUp = () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    // Immediates run after pending output was read, so a process that was held up for longer loses none.
    setTimeout(() => setImmediate(giveUp), OUTPUT_GRACE_MS).unref();
  });
  // A program that does not read all of its input reports failure by its exit code.
  child.stdin?.on("error", () => {}).end(input);
  const onAbort = () => child.kill(killSignal);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return { ...(await ended.promise), stdout: stdout(), stderr: stderr() };
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function stdioOf({ input, isInteractive, output = "keep" }: RunProcessOptions): StdioOptions {
  const stdin = input !== undefined ? "pipe" : isInteractive ? "inherit" : "ignore";
  const out = output === "keep" ? "pipe" : output;
  return [stdin, out, out];
}

/** Reads a stream. @returns a function that gives the end of what came so far */
function collect(
  stream: Readable | null,
  onText: (text: string) => void,
  { outputCharacters = OUTPUT_CHARACTERS }: RunProcessOptions,
): () => string {
  let kept = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    kept += text;
    // Cut in large steps: cutting at every chunk would copy everything every time.
    if (kept.length > 2 * outputCharacters) kept = kept.slice(-outputCharacters);
    onText(text);
  });
  return () => kept.slice(-outputCharacters);
}
