import { readdirSync, readFileSync } from "node:fs";

/** What a process of a home is to the platform. `other`: something that a predictor started, or an installation. */
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
 * All of them inherit the home in their environment; zombies have none and do not count.
 */
export function processesOf(home: string): readonly HomeProcess[] {
  const found: HomeProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
    if (command === "" || !(command.includes(home) || read(`/proc/${name}/environ`).includes(home))) continue;
    // `sh -c exec …` for an instant has the predictor's command line, too, and becomes it.
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

/** The command line names the job, or, where the command is a container's, the environment does. */
function isAbout(pid: number, jobId: string): boolean {
  return ["cmdline", "environ"].some((file) => read(`/proc/${pid}/${file}`).includes(jobId));
}

function ancestorsOf(pid: number): readonly number[] {
  const found: number[] = [];
  for (let at = pid; at > 1 && found.length < 16; ) {
    // The name in parentheses may hold anything; the parent is the second field after it.
    const stat = read(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
    found.push(at);
  }
  return found;
}

/** One of a kind, by a draw 0 <= draw < 1. */
export function pick(
  processes: readonly HomeProcess[],
  kind: ProcessKind,
  draw: number,
): HomeProcess | undefined {
  const candidates = processes.filter((one) => one.kind === kind);
  return candidates[Math.floor(draw * candidates.length)];
}

/** Sends a signal to a process that may be gone already. Returns whether it was there. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Workers, predictors and what they left behind: nothing of it may outlive its job. */
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
