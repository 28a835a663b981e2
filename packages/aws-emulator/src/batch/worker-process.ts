import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import process from "node:process";

/** Stands in for a container: a process that leads its own process group. */
export interface WorkerProcess {
  readonly pid: number;
  /** Resolves with the exit code as a container reports it: 128 + the signal's number when killed. */
  readonly exited: Promise<number>;
  /** Sends SIGTERM, and after the grace period SIGKILL to the whole group; 0 ms kills at once. */
  stop(graceMs: number): void;
}

export interface ProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  /** Receives stdout and stderr; its folders are created. */
  readonly logPath: string;
}

/** The group leaders of all fakes in this process, killed when it exits. */
const leaders = new Set<number>();
let cleansUp = false;

/** @throws what `spawn` reports, for instance ENOENT. */
export async function startWorkerProcess(
  command: readonly string[],
  { environment, workingDirectory, logPath }: ProcessOptions,
): Promise<WorkerProcess> {
  const [program, ...parameters] = command;
  if (program === undefined) throw new Error("no command specified");
  cleanUpOnExit();
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, "a");
  try {
    const child = spawn(program, parameters, {
      // A group of its own: when a container ends, everything started in it ends.
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...environment },
      ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
    });
    const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    exit.catch(() => {});
    await once(child, "spawn");
    return watch(child.pid as number, exit);
  } finally {
    closeSync(log);
  }
}

function watch(pid: number, exit: Promise<[number | null, NodeJS.Signals | null]>): WorkerProcess {
  leaders.add(pid);
  let killTimer: NodeJS.Timeout | undefined;
  const exited = exit.then(([code, signal]) => {
    clearTimeout(killTimer);
    // The leader is like a container's PID 1: the rest of the container dies with it.
    killGroup(pid);
    leaders.delete(pid);
    return code ?? 128 + constants.signals[signal as NodeJS.Signals];
  });
  const kill = () => {
    if (leaders.has(pid)) killGroup(pid);
  };
  return {
    pid,
    exited,
    stop: (graceMs) => {
      if (!leaders.has(pid)) return;
      clearTimeout(killTimer);
      if (graceMs <= 0) return kill();
      // Docker signals only PID 1, which is responsible for forwarding the signal.
      signal(pid, "SIGTERM");
      killTimer = setTimeout(kill, graceMs);
    },
  };
}

function killGroup(pid: number): void {
  signal(-pid, "SIGKILL");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // ESRCH: already gone.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function cleanUpOnExit(): void {
  if (cleansUp) return;
  cleansUp = true;
  process.once("exit", () => {
    for (const pid of leaders) killGroup(pid);
  });
}
