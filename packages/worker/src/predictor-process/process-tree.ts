import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** A process id of this system. */
type Pid = number;

/**
 * Processes that free what others leave behind, and end by themselves once those are gone: Python's resource tracker and
 * joblib's (shared memory, semaphores), and PyTorch's manager of shared memory.
 */
const CLEANERS = /resource_tracker import main; ?main\(|\/torch_shm_manager\0/;
/** Time for them to do so: it takes them milliseconds, unless something that was not found holds their pipe. */
const CLEANERS_MS = 5_000;
const CLEANERS_POLL_MS = 5;

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
 *
 * @returns those that were spared, since they free what the others leave behind; {@link endCleaners} sees to them
 */
export function killTree(group: Pid, marker: string): readonly Pid[] {
  const marked = markedProcesses(marker);
  const spared = marked.filter(isCleaner);
  // The whole group at once, if that spares nobody who should be.
  if (spared.length === 0) kill(-group);
  const find = () => markedProcesses(marker).concat(spared.length > 0 ? membersOf(group) : []);
  if (marked.length > 0) killAll(find, spared);
  return spared;
}

/** Waits until processes that were spared have done their work, and kills them when they go on. */
export async function endCleaners(spared: readonly Pid[]): Promise<void> {
  const deadlineMs = performance.now() + CLEANERS_MS;
  while (spared.some(isCleaner) && performance.now() < deadlineMs) await delay(CLEANERS_POLL_MS);
  for (const pid of spared.filter(isCleaner)) kill(pid);
}

/** Kills every process whose environment holds `marker` (`NAME=value`), until no more are found. */
export function killMarked(marker: string): void {
  killAll(() => markedProcesses(marker), []);
}

/** Pids of the processes whose environment holds `marker`, this process left out. */
export function markedProcesses(marker: string): Pid[] {
  const needle = Buffer.from(`${marker}\0`);
  return processes().filter((pid) => bytesOf(`/proc/${pid}/environ`).includes(needle));
}

function isCleaner(pid: Pid): boolean {
  return CLEANERS.test(textOf(`/proc/${pid}/cmdline`));
}

/** A process that forks while it is being killed leaves a child: looks again until a round finds none. */
function killAll(find: () => readonly Pid[], spared: readonly Pid[]): void {
  const seen = new Set(spared);
  for (;;) {
    const found = find().filter((pid) => !seen.has(pid));
    if (found.length === 0) return;
    for (const pid of found) {
      seen.add(pid);
      kill(pid);
    }
  }
}

/** The fifth field of /proc/<pid>/stat is the group; the second may hold anything, in parentheses. */
function membersOf(group: Pid): readonly Pid[] {
  const isMember = (stat: string) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) === group;
  return processes().filter((pid) => isMember(textOf(`/proc/${pid}/stat`)));
}

function processes(): readonly Pid[] {
  return listOf("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
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
