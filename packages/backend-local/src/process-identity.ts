import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of the system; undefined when that could not be read in time. */
  readonly startId: string | undefined;
}

interface ProcStat {
  readonly state: string;
  readonly group: number;
  readonly startId: string;
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
  if (process.platform === "linux") {
    const stat = readProcStat(pid);
    return stat && !isDead(stat.state) ? stat.startId : undefined;
  }
  return psField(pid);
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

function isDead(state: string): boolean {
  return state === "Z" || state === "X";
}

/** Fields of /proc/<pid>/stat (proc(5)): 3 state, 5 process group, 22 start time in ticks since boot. */
function readProcStat(pid: number): ProcStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, group, startId] = [fields[0], fields[2], fields[19]];
    if (state === undefined || startId === undefined) return undefined;
    return { state, group: Number(group), startId };
  } catch {
    return undefined;
  }
}

function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** True while a process of the group that `leader` began runs; zombies that nobody reaps do not count. */
export function isGroupAlive({ pid, startId }: ProcessIdentity): boolean {
  // A number is not given out again while a group has it: another leader means that the group is gone.
  const now = startIdOf(pid);
  if (now !== undefined) return now === startId;
  try {
    process.kill(-pid, 0);
  } catch {
    return false; // ESRCH: empty. EPERM: not ours, the number was taken by somebody else.
  }
  if (process.platform !== "linux") return true;
  return allPids().some((member) => {
    const stat = readProcStat(member);
    return stat?.group === pid && !isDead(stat.state);
  });
}

/** Sends a signal to a process, or to a group when `target` is negative. A target that is gone is no error. */
export function signalProcess(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // ESRCH: gone already. EPERM: the number belongs to somebody else by now.
  }
}

/**
 * The process whose arguments hold `needle` in a row, or undefined. Finds a worker whose service was
 * killed after starting it and before writing down its number. Linux only; elsewhere it is not found.
 */
export function findByArguments(needle: readonly string[]): ProcessIdentity | undefined {
  if (process.platform !== "linux") return undefined;
  const wanted = `\0${needle.join("\0")}\0`;
  for (const pid of allPids()) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(wanted)) continue;
    } catch {
      continue;
    }
    const found = identify(pid);
    if (found.startId !== undefined) return found;
  }
  return undefined;
}
