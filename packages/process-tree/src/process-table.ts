import { readdirSync, readFileSync } from "node:fs";

/** Fields of /proc/<pid>/stat (proc(5)) that show what a process belongs to. */
export interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in ticks since boot. */
  readonly startId: string;
}

/** All reads are synchronous: /proc is in memory, and a turn of the event loop per file costs more. */
export function allPids(): readonly number[] {
  return listOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The row of a process, including zombies; undefined if it does not exist or there is no /proc. */
export function rowOf(pid: number): ProcessRow | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, and may contain anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const startId = fields[19];
  if (state === undefined || startId === undefined) return undefined;
  return { pid, state, parent: Number(parent), group: Number(group), session: Number(session), startId };
}

/** True for zombies and processes about to disappear: nothing is running any more. */
export function isDead({ state }: ProcessRow): boolean {
  return state === "Z" || state === "X";
}

/** The environment with which the process was started, as `NAME=value` strings that each end with a NUL. */
export function environmentOf(pid: number): Buffer {
  return bytesOf(`/proc/${pid}/environ`);
}

/** The arguments of the process, each ending with a NUL. */
export function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`);
}

/** Pids of a process and all its descendants, itself first; only itself where there is no /proc. */
export function processTree(root: number): readonly number[] {
  const pids = [root];
  for (let position = 0; position < pids.length; position++) {
    for (const thread of listOf(`/proc/${pids[position]}/task`)) {
      const children = textOf(`/proc/${pids[position]}/task/${thread}/children`);
      for (const child of children.trim().split(" ")) if (child) pids.push(Number(child));
    }
  }
  return pids;
}

function listOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  return bytesOf(file).toString("latin1");
}

/** Empty if it cannot be read: the process is gone, or belongs to another user. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
