import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Always open: the runtime's own descriptors, locks, the index, threads; about 40 were counted. */
const OWN = 48;
/** Maximum reserve: several requests, each with a job's file and one more. */
const MAX_RESERVE = 32;
const MAX_OPEN_JOBS = 64;
const MAX_CONNECTIONS = 10_000;
/** Used where the system does not report a limit. */
const USUAL_LIMIT = 1_024;

/** How many file descriptors each part of the service may use. */
export interface DescriptorBudget {
  /** How many this process may have open. */
  readonly limit: number;
  /** Kept in reserve for when something else has used up the rest. */
  readonly reserve: number;
  /** Connections to the HTTP server; each may have a file open as well. */
  readonly connections: number;
  /** Job files that the service keeps open; the enqueuer's thread may keep as many. Each needs three descriptors. */
  readonly openJobs: number;
}

/**
 * Divides up the descriptors that a process may have open: a quarter for connections and as many for the files they
 * read, a quarter for job files, and the rest for dataset files, pipes of child processes, and temporary use.
 */
export function descriptorBudget(limit: number): DescriptorBudget {
  const reserve = Math.min(MAX_RESERVE, Math.floor(limit / 8));
  const left = Math.max(0, limit - OWN - reserve);
  return {
    limit,
    reserve,
    connections: Math.min(MAX_CONNECTIONS, Math.max(4, Math.floor(left / 4))),
    openJobs: Math.min(MAX_OPEN_JOBS, Math.max(1, Math.floor(left / 4 / 6))),
  };
}

/**
 * How many file descriptors this process may have open. Node and Deno have already raised the soft limit to the
 * maximum.
 */
export function descriptorLimit(): number {
  const text = fromProc() ?? fromShell();
  const limit = text === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(text);
  return Number.isSafeInteger(limit) && limit > 0 ? limit : USUAL_LIMIT;
}

function fromProc(): string | undefined {
  try {
    return /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** A child inherits the limit. */
function fromShell(): string | undefined {
  try {
    return execFileSync("/bin/sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
