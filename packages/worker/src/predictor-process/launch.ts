import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { MillraceError, passingError } from "@millrace/core";
import { identify, TREE_VARIABLE, type Tree, treeName } from "@millrace/process-tree";

/** Makes the kernel's OOM killer choose the predictor before the worker and the service. */
const OOM_SCORE_ADJ = "500";

/** A predictor's process with its three streams, and what is needed to find all its descendants. */
export interface Launched {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly pid: number;
  readonly tree: Tree;
}

/**
 * Starts a host in its own session, as a subtree of the tree that the environment names. On Linux it is killed when
 * this process dies, for any reason, even while it is computing (`setpriv --pdeathsig`).
 * @throws {MillraceError} predictor_not_loadable when the program does not exist, unavailable when no process can be
 * started now
 */
export async function launch(options: {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<Launched> {
  const { command, cwd, env } = options;
  const program = command[0] ?? "";
  if (!findProgram(program, options)) throw notStarted(program, `it is neither a program's path nor on PATH`);
  if (!isDirectory(cwd)) throw notStarted(program, `the project directory "${cwd}" does not exist`);
  const setpriv = process.platform === "linux" ? findProgram("setpriv", options) : undefined;
  const argv = setpriv ? [setpriv, "--pdeathsig", "KILL", "--", ...command] : command;
  const name = treeName(env[TREE_VARIABLE], randomBytes(12).toString("hex"));
  let child: Launched["child"];
  try {
    child = spawn(argv[0] ?? "", argv.slice(1), {
      cwd,
      env: { ...env, [TREE_VARIABLE]: name },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    if (child.pid === undefined) await once(child, "spawn");
  } catch (error) {
    throw (
      passingError(error, `Cannot start the predictor with "${program}"`) ??
      notStarted(program, (error as Error).message, error)
    );
  }
  const pid = child.pid as number;
  preferInMemoryShortage(pid);
  return { child, pid, tree: { names: [name], leaders: [identify(pid)] } };
}

function notStarted(program: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "predictor_not_loadable",
    `Cannot start the predictor with "${program}": ${reason}`,
    {
      details: { program },
      cause,
    },
  );
}

function findProgram(
  program: string,
  from: { cwd: string; env: Readonly<Record<string, string>> },
): string | undefined {
  const folders = program.includes("/") ? [""] : (from.env.PATH ?? "/usr/bin:/bin").split(delimiter);
  return folders.map((folder) => resolve(from.cwd, folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isDirectory(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function preferInMemoryShortage(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE_ADJ);
  } catch {
    // Either there is no /proc, or the process has ended: the score does not matter.
  }
}
