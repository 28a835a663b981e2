import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the runtime, the locks, the index and the threads have open all the time; about 40 were counted. */
const OWN = 48;
/** The most that are kept in reserve: several requests, each with a job's file and another one. */
const MAX_RESERVE = 32;
const MAX_OPEN_JOBS = 64;
const MAX_CONNECTIONS = 10_000;
/** Where the system does not tell. */
const USUAL_LIMIT = 1_024;

/** How many file descriptors each part of the service may use. */
export interface DescriptorBudget {
  /** How many this process may have open. */
  readonly limit: number;
  /** Kept aside for the time when something else has used up the others. */
  readonly reserve: number;
  /** Connections to the HTTP server; each may have a file open, too. */
  readonly connections: number;
  /** Job files that the service keeps open, and as many again in the enqueuer's thread; each takes three. */
  readonly openJobs: number;
}

/**
 * Divides the descriptors that a process may have open: a quarter for connections and as many for the files that these
 * read, a quarter for job files, and the rest for the dataset's files, pipes of programs, and what passes.
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

/** How many file descriptors this process may have open. Node and Deno have raised that to the most that they may. */
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
