import process from "node:process";
import { identify, type ProcessIdentity } from "./identity.ts";
import { allPids, environmentOf, isDead, type ProcessRow, rowOf } from "./process-table.ts";
import { treeOf } from "./tree-name.ts";

/** Everything that was started under some names, by {@link treeName}. */
export interface Tree {
  readonly names: readonly string[];
  /**
   * Processes that began sessions of the tree, and run, or have ended this moment. The members of their sessions belong to
   * the tree also where they have another environment.
   */
  readonly leaders?: readonly ProcessIdentity[];
}

/** A process of a tree. */
export interface TreeMember extends ProcessIdentity {
  readonly startId: string;
  /** The name in its environment; undefined where it has none, and belongs to the tree by its parent or its session. */
  readonly tree: string | undefined;
}

/**
 * The processes of a tree, this one left out: those whose environment names it, their descendants, and the members of
 * their sessions. A program may change its environment (`env -i`, or a library that writes its title there), leave its
 * parent, or leave its session; one that did all three, and whose parent is gone, is not found. Linux only: elsewhere none is.
 */
export function membersOf(tree: Tree): readonly TreeMember[] {
  if (process.platform !== "linux") return [];
  const pids = allPids().filter((pid) => pid !== process.pid);
  const named = new Map<number, string>();
  for (const pid of pids) {
    const name = treeOf(environmentOf(pid));
    if (name !== undefined && tree.names.some((one) => name.startsWith(one))) named.set(pid, name);
  }
  const sessions = ownLeaders(tree).map(({ pid }) => pid);
  if (named.size === 0 && sessions.length === 0) return [];
  const rows = pids.map(rowOf).filter((row) => row !== undefined);
  // Once more: the number may have gone to another between the two looks.
  for (const [pid, name] of named) if (treeOf(environmentOf(pid)) !== name) named.delete(pid);
  return closure(rows, named, sessions)
    .filter((row) => !isDead(row) && isOurs(row))
    .map(({ pid, startId }) => ({ pid, startId, tree: named.get(pid) }));
}

/** The leaders whose numbers are not another's by now: one is not given out again while a session or a group has it. */
export function ownLeaders({ leaders = [] }: Tree): readonly ProcessIdentity[] {
  return leaders.filter(({ pid, startId }) => {
    const now = identify(pid).startId;
    return now === undefined || now === startId;
  });
}

/** False for what has become another user's, such as by `sudo`: it is not ours to end. */
function isOurs({ pid }: ProcessRow): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** All rows that follow from those that are named. Whoever begins a session of its own takes nobody else into it. */
function closure(
  rows: readonly ProcessRow[],
  named: ReadonlyMap<number, string>,
  leaders: readonly number[],
): readonly ProcessRow[] {
  const members = new Map<number, ProcessRow>();
  const sessions = new Set(leaders);
  const own = rowOf(process.pid)?.session;
  for (let before = -1; members.size !== before; ) {
    before = members.size;
    for (const row of rows) {
      if (members.has(row.pid)) continue;
      if (!named.has(row.pid) && !members.has(row.parent) && !sessions.has(row.session)) continue;
      members.set(row.pid, row);
      // In ours are others than those that we started.
      if (row.session !== own && row.session !== 0) sessions.add(row.session);
    }
  }
  return [...members.values()];
}
