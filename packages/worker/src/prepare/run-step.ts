import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { DEFAULTS, MillraceError, passingError } from "@millrace/core";
import { endTree, identify, TREE_VARIABLE, treeName } from "@millrace/process-tree";
import { withUmask } from "../user-umask.ts";
import { errorLine, mayTell } from "./error-line.ts";

const LAST_LINES = 20;
/** Lines that may say what went wrong are kept in addition to the last ones. */
const TELLING_LINES = 100;
const LINE_LIMIT_CHARS = 4_000;
/**
 * After this much silence, a message says that the step is still running: users wonder, and proxies and clients close
 * silent connections.
 */
const SILENCE_MS = 60_000;
/** A step may leave a process behind that keeps its output open: do not wait for it. */
const OUTPUT_GRACE_MS = 1_000;

/** Events of a preparation; one JSON object per line on the process's stdout. */
export type PrepareEvent =
  | { readonly type: "output"; readonly text: string }
  | { readonly type: "prepared" }
  | {
      readonly type: "error";
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

/** What every step of a preparation needs. */
export interface StepContext {
  /** Working directory. */
  readonly cwd: string;
  /** The complete environment of the step's processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface StepCommand {
  /** Name of the step for the user, such as `requirements.txt`. */
  readonly step: string;
  readonly command: string;
  readonly args: readonly string[];
  /** @default this process's */
  readonly umask?: number | undefined;
  /** What to install if the command does not exist. */
  readonly missing: string;
}

/**
 * Runs one command of the installation and emits its output line by line.
 *
 * @throws {MillraceError} dependencies_failed with the step, exit code and last lines
 */
export async function runStep(step: StepCommand, context: StepContext): Promise<void> {
  context.signal?.throwIfAborted();
  context.emit({ type: "output", text: `$ ${[step.command, ...step.args].join(" ")}` });
  const last: string[] = [];
  const telling: string[] = [];
  const keep = (line: string) => {
    const text = line.slice(0, LINE_LIMIT_CHARS);
    last.push(text);
    if (last.length > LAST_LINES) last.shift();
    if (mayTell(text)) telling.push(text);
    if (telling.length > TELLING_LINES) telling.shift();
    context.emit({ type: "output", text });
    silence.refresh();
  };
  const silence = setInterval(() => {
    context.emit({ type: "output", text: `${step.step} is still running` });
  }, SILENCE_MS);
  const { code, signal } = await runToEnd(step, { ...context, onLine: keep }).finally(() =>
    clearInterval(silence),
  );
  context.signal?.throwIfAborted();
  if (code === 0) return;
  const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
  const why = errorLine([...telling, ...last]);
  throw new MillraceError(
    "dependencies_failed",
    `Cannot install dependencies: ${step.step} failed with ${how}${why === undefined ? "" : `: ${why}`}`,
    { details: { step: step.step, exit_code: code, signal, last_lines: last } },
  );
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function runToEnd(
  step: StepCommand,
  context: StepContext & { readonly onLine: (line: string) => void },
): Promise<Ending> {
  // Its own process tree, so that cancelling also ends compilers and scripts.
  const name = treeName(context.env[TREE_VARIABLE], randomBytes(12).toString("hex"));
  const [program = "", ...args] = withUmask([step.command, ...step.args], step.umask);
  const child = spawn(program, args, {
    cwd: context.cwd,
    env: { ...context.env, [TREE_VARIABLE]: name },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(step, cause)));
  });
  // Without free descriptors, the child has no streams.
  if (child.pid === undefined) return failed;
  const tree = { names: [name], leaders: [identify(child.pid)] };
  let given: Promise<unknown> | undefined;
  const giveUp = () => {
    given = endTree(tree, { graceMs: DEFAULTS.installGraceSeconds * 1_000 });
  };
  context.signal?.addEventListener("abort", giveUp, { once: true });
  const read = Promise.all([
    readLines(child.stdout, context.onLine),
    readLines(child.stderr, context.onLine),
  ]);
  try {
    const exit = new Promise<Ending>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const ending = await Promise.race([exit, failed]);
    const grace = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, OUTPUT_GRACE_MS);
    await read;
    clearTimeout(grace);
    return ending;
  } finally {
    context.signal?.removeEventListener("abort", giveUp);
    await given;
  }
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", onLine);
  await new Promise<void>((resolve) => {
    lines.once("close", resolve);
    stream.once("close", () => lines.close());
    stream.once("error", () => lines.close());
  });
}

function notStarted(step: StepCommand, cause: NodeJS.ErrnoException): MillraceError {
  const passing = passingError(cause, `Cannot start ${step.command}`, { step: step.step });
  if (passing) return passing;
  const why = cause.code === "ENOENT" ? `"${step.command}" is not on PATH; ${step.missing}` : cause.message;
  return new MillraceError("dependencies_failed", `Cannot install dependencies: ${step.step} needs ${why}`, {
    details: { step: step.step },
    cause,
  });
}
