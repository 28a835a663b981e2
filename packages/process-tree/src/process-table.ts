import { readdirSync, readFileSync } from "node:fs";

/** Fields of /proc/<pid>/stat (proc(5)) that tell whose a process is. */
export interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in ticks since the machine did. */
  readonly startId: string;
}

/** Everything is read synchronously: /proc answers from memory, and a turn of the event loop for each file costs more. */
export function allPids(): readonly number[] {
  return listOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The row of a process, also of a zombie; undefined where there is none, or no /proc. */
export function rowOf(pid: number): ProcessRow | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const startId = fields[19];
  if (state === undefined || startId === undefined) return undefined;
  return { pid, state, parent: Number(parent), group: Number(group), session: Number(session), startId };
}

/** True for zombies and what is about to vanish: nothing runs any more. */
export function isDead({ state }: ProcessRow): boolean {
  return state === "Z" || state === "X";
}

/** The environment that the process was started with, as `NAME=value` texts that each end in a NUL. */
export function environmentOf(pid: number): Buffer {
  return bytesOf(`/proc/${pid}/environ`);
}

/** The arguments of the process, each of which ends in a NUL. */
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

/** Empty where it cannot be read: the process is gone, or another user's. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
