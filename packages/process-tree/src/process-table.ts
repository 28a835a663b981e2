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
  readonly isKernelThread: boolean;
  /** Address of the program's environment: another one after each exec, 0 during it and of other users' processes. */
  readonly environmentAt: string;
}

const KERNEL_THREAD_FLAG = 0x0020_0000;
/** How often, and with what pauses, a process in an exec is read again. */
const EXEC_TRIES = 20;
const EXEC_PAUSE_MS = 1;

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
  const [state, parent, group, session, , , flags] = fields;
  const startId = fields[19];
  if (state === undefined || startId === undefined) return undefined;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startId,
    isKernelThread: (Number(flags) & KERNEL_THREAD_FLAG) !== 0,
    environmentAt: fields[47] ?? "0",
  };
}

/** True for zombies and processes about to disappear: nothing is running any more. */
export function isDead({ state }: ProcessRow): boolean {
  return state === "Z" || state === "X";
}

/** The environment with which the process was started, as `NAME=value` strings that each end with a NUL. */
export function environmentOf(pid: number): Buffer {
  return ofProgram(pid, `/proc/${pid}/environ`);
}

/** The arguments of the process, each ending with a NUL. */
export function commandOf(pid: number): string {
  return ofProgram(pid, `/proc/${pid}/cmdline`).toString("latin1");
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

/**
 * Reads a file about a process's program. During an exec a process has neither arguments nor environment for a moment:
 * it is read again, or it would be overlooked.
 */
function ofProgram(pid: number, file: string): Buffer {
  let program: string | undefined;
  for (let tries = 1; ; tries++) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      return Buffer.alloc(0); // gone, or another user's
    }
    if (bytes.length > 0 || tries === EXEC_TRIES) return bytes;
    const row = rowOf(pid);
    if (!row || isDead(row) || row.isKernelThread) return bytes;
    const isInExec = row.environmentAt === "0";
    // The same program before and after reading: its environment is empty.
    if (!isInExec && row.environmentAt === program) return bytes;
    program = row.environmentAt;
    if (isInExec) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXEC_PAUSE_MS);
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
