import { execFileSync } from "node:child_process";
import process from "node:process";
import { allPids, commandOf, isDead, rowOf } from "./process-table.ts";

/** A process that cannot be mistaken for a later one with its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of the system; undefined when that could not be read in time. */
  readonly startId: string | undefined;
}

/** The identity of the process that has the number `pid` now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startId: startIdOf(pid) };
}

/** True while the very process runs: a zombie and a recycled number are not it. */
export function isAlive({ pid, startId }: ProcessIdentity): boolean {
  return startId !== undefined && startIdOf(pid) === startId;
}

function startIdOf(pid: number): string | undefined {
  if (process.platform !== "linux") return psField(pid);
  const row = rowOf(pid);
  return row && !isDead(row) ? row.startId : undefined;
}

/** Start time by `ps`, for systems without /proc; undefined for zombies. */
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

/** Sends a signal to the very process; one that is gone, or whose number another has by now, is no error. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(identity)) send(identity.pid, signal);
}

/** Sends a signal to the group that a process leads. An empty one is no error. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  return send(-leader, signal);
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    // ESRCH: gone already. EPERM: the number belongs to somebody else by now.
    return false;
  }
}

/**
 * The process whose arguments hold `needle` in a row, or undefined. Finds a worker whose service was
 * killed after starting it and before writing down its number. Linux only; elsewhere it is not found.
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
