import process from "node:process";
import { identify, type ProcessIdentity } from "./identity.ts";
import { allPids, environmentOf, isDead, type ProcessRow, rowOf } from "./process-table.ts";
import { treeOf } from "./tree-name.ts";

/** Everything that was started under certain names, see {@link treeName}. */
export interface Tree {
  readonly names: readonly string[];
  /**
   * Leaders of the tree's sessions that are running or have just exited. The members of their sessions belong to the
   * tree even if their environment differs.
   */
  readonly leaders?: readonly ProcessIdentity[];
}

/** A process of a tree. */
export interface TreeMember extends ProcessIdentity {
  readonly startId: string;
  /** The name in its environment; undefined if it has none, and belongs to the tree by its parent or session. */
  readonly tree: string | undefined;
}

/**
 * The processes of a tree, except this one: those whose environment names it, their descendants, and the members of
 * their sessions. A program may change its environment (`env -i`, or a library that sets the process title), leave its
 * parent, or leave its session; one that has done all three and whose parent is gone is not found. Linux only:
 * elsewhere the result is empty.
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
  // Checked again: the pid may have been reused between the two reads.
  for (const [pid, name] of named) if (treeOf(environmentOf(pid)) !== name) named.delete(pid);
  return closure(rows, named, sessions)
    .filter((row) => !isDead(row) && isOurs(row))
    .map(({ pid, startId }) => ({ pid, startId, tree: named.get(pid) }));
}

/** The leaders whose pids have not been reused: a pid is not reused while it identifies a session or a group. */
export function ownLeaders({ leaders = [] }: Tree): readonly ProcessIdentity[] {
  return leaders.filter(({ pid, startId }) => {
    const now = identify(pid).startId;
    return now === undefined || now === startId;
  });
}

/** False for a process that now belongs to another user, for example through `sudo`: it is not ours to end. */
function isOurs({ pid }: ProcessRow): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** All rows that belong to the named ones. A process that starts its own session does not take others with it. */
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
      // Our own session contains processes that we did not start.
      if (row.session !== own && row.session !== 0) sessions.add(row.session);
    }
  }
  return [...members.values()];
}
