import { execFileSync } from "node:child_process";
import process from "node:process";
import { allPids, commandOf, isDead, rowOf } from "./process-table.ts";

/** A process that cannot be confused with a later one that reuses its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own format; undefined when that could not be read in time. */
  readonly startId: string | undefined;
}

/** The identity of the process that has this pid now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startId: startIdOf(pid) };
}

/** True while exactly this process is running, not a zombie and not another process with the same pid. */
export function isAlive({ pid, startId }: ProcessIdentity): boolean {
  return startId !== undefined && startIdOf(pid) === startId;
}

function startIdOf(pid: number): string | undefined {
  if (process.platform !== "linux") return psField(pid);
  const row = rowOf(pid);
  return row && !isDead(row) ? row.startId : undefined;
}

/** Start time from `ps`, for systems without /proc; undefined for zombies. */
function psField(pid: number): string | undefined {
  try {
    const output = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return output === "" || output.startsWith("Z") ? undefined : output.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}

/** Sends a signal to exactly this process; if it is gone, or its pid has been reused, nothing happens. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(identity)) send(identity.pid, signal);
}

/** Sends a signal to the process group that a process leads. An empty group is not an error. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  return send(-leader, signal);
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    // ESRCH: already gone. EPERM: the pid now belongs to another user.
    return false;
  }
}

/**
 * The process whose arguments contain `needle` as a sequence, or undefined. Finds a worker whose service was killed
 * after starting it and before recording its pid. Linux only; elsewhere nothing is found.
 */
export function findByArguments(needle: readonly string[]): ProcessIdentity | undefined {
  const wanted = `\0${needle.join("\0")}\0`;
  for (const pid of allPids()) {
    if (!commandOf(pid).includes(wanted)) continue;
    const found = identify(pid);
    if (found.startId !== undefined) return found;
  }
  return undefined;
}
