import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** A process id of this system. */
type Pid = number;

/**
 * Pids of a process and all its descendants, itself first; only itself where there is no /proc.
 * Reads synchronously: /proc answers from memory, and a turn of the event loop for each file costs more.
 */
export function processTree(root: Pid): readonly Pid[] {
  const pids = [root];
  for (let position = 0; position < pids.length; position++) {
    for (const thread of listOf(`/proc/${pids[position]}/task`)) {
      const children = textOf(`/proc/${pids[position]}/task/${thread}/children`);
      for (const child of children.split(" ")) if (child) pids.push(Number(child));
    }
  }
  return pids;
}

/**
 * Kills a process group and every process whose environment holds `marker` (`NAME=value`): also those that left the
 * group, or whose parent is gone. Nothing else of the machine has that entry.
 */
export function killTree(group: Pid, marker: string): void {
  kill(-group);
  killMarked(marker);
}

/** Kills every process whose environment holds `marker` (`NAME=value`), until no more are found. */
export function killMarked(marker: string): void {
  // A process that forks while it is being killed leaves a child: look again until a round finds none.
  const killed = new Set<Pid>();
  for (;;) {
    const found = markedProcesses(marker).filter((pid) => !killed.has(pid));
    if (found.length === 0) return;
    for (const pid of found) {
      killed.add(pid);
      kill(pid);
    }
  }
}

/** Pids of the processes whose environment holds `marker`, this process left out. */
export function markedProcesses(marker: string): readonly Pid[] {
  const needle = Buffer.from(`${marker}\0`);
  return listOf("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => bytesOf(`/proc/${name}/environ`).includes(needle))
    .map(Number);
}

function kill(pid: Pid): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already, or never was a group.
  }
}

function listOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  return bytesOf(file).toString("latin1").trim();
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
