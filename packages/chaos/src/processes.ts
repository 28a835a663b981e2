import { readdirSync, readFileSync } from "node:fs";

/** A process's role in the platform. `other`: started by a predictor or an installation. */
export type ProcessKind = "service" | "worker" | "predictor" | "other";

export interface HomeProcess {
  readonly pid: number;
  readonly kind: ProcessKind;
  readonly command: string;
}

const KINDS: readonly (readonly [RegExp, ProcessKind])[] = [
  [/control\/src\/main\.ts/, "service"],
  [/worker\/src\/main\.ts/, "worker"],
  [/millrace_host|predictor\/src\/host\/main\.ts/, "predictor"],
];

/**
 * Every process that belongs to a home directory, from /proc: the service, workers, predictors, and what they started.
 * All of them inherit the home in their environment; zombies have no environment and do not count.
 */
export function processesOf(home: string): readonly HomeProcess[] {
  const found: HomeProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
    if (command === "" || !(command.includes(home) || read(`/proc/${name}/environ`).includes(home))) continue;
    // For a moment, `sh -c exec …` has the predictor's command line as well, and then becomes the predictor.
    const kind = KINDS.find(([pattern]) => pattern.test(command))?.[1] ?? "other";
    found.push({ pid: Number(name), kind, command });
  }
  return found;
}

/** The workers and predictors of one job, and the service. */
export function processesOfJob(home: string, jobId: string): readonly HomeProcess[] {
  const all = processesOf(home);
  const workers = new Set(
    all.filter(({ kind, pid }) => kind === "worker" && isAbout(pid, jobId)).map(({ pid }) => pid),
  );
  return all.filter(
    ({ pid, kind }) =>
      kind === "service" ||
      workers.has(pid) ||
      (kind === "predictor" && ancestorsOf(pid).some((one) => workers.has(one))),
  );
}

/** The job is named in the command line or, for a container's command, in the environment. */
function isAbout(pid: number, jobId: string): boolean {
  return ["cmdline", "environ"].some((file) => read(`/proc/${pid}/${file}`).includes(jobId));
}

function ancestorsOf(pid: number): readonly number[] {
  const found: number[] = [];
  for (let at = pid; at > 1 && found.length < 16; ) {
    // The name in parentheses may contain anything; the parent is the second field after it.
    const stat = read(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
    found.push(at);
  }
  return found;
}

/** One process of a kind, selected by 0 <= draw < 1. */
export function pick(
  processes: readonly HomeProcess[],
  kind: ProcessKind,
  draw: number,
): HomeProcess | undefined {
  const candidates = processes.filter((one) => one.kind === kind);
  return candidates[Math.floor(draw * candidates.length)];
}

/** Sends a signal to a process that may already be gone. Returns whether it existed. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Workers, predictors and what they left behind: none of these may outlive their job. */
export function leftovers(home: string): readonly HomeProcess[] {
  return processesOf(home).filter(({ kind }) => kind !== "service");
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
