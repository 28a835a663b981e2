import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, type ProcessIdentity, signalGroup, signalProcess } from "./identity.ts";
import { commandOf } from "./process-table.ts";
import { membersOf, ownLeaders, type Tree } from "./tree-members.ts";

/**
 * Processes that free what others leave behind, and exit once those are gone: the resource trackers of Python and
 * joblib (shared memory, semaphores), and PyTorch's shared memory manager.
 */
const CLEANERS = /resource_tracker import main; ?main\(|\/torch_shm_manager\0/;
/** Time for them to do so: it takes milliseconds, unless a process that was not found keeps their pipe open. */
const CLEANERS_MS = 5_000;
/** After SIGKILL: time for the system to end the processes. */
const KILL_WAIT_MS = 10_000;
/** Interval between searches for newly forked processes. */
const ROUND_MS = 500;
const POLL_MS = 5;
/** A process that forks while it is being killed leaves a child; the loop ends after this many rounds. */
const ROUNDS = 50;

/**
 * Kills everything in a tree at once, whatever it did to get away, except processes that clean up after others. On
 * systems other than Linux it kills the leaders' process groups.
 *
 * @returns the processes that were spared; pass them to {@link endCleaners}
 */
export function killTree(tree: Tree): readonly ProcessIdentity[] {
  if (process.platform === "linux") return killMembers(tree).spared;
  signalGroups(tree, "SIGKILL");
  return [];
}

interface Killed {
  readonly spared: readonly ProcessIdentity[];
  /** False when there were no members. */
  readonly hadMembers: boolean;
}

function killMembers(tree: Tree): Killed {
  const seen = new Set<string>();
  const spared: ProcessIdentity[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const found = membersOf(tree).filter(({ pid, startId }) => !seen.has(`${pid} ${startId}`));
    if (found.length === 0) break;
    // A group is killed in one step, which even a process that only forks cannot outrun.
    if (![...found, ...spared].some(isCleaner)) signalGroups(tree, "SIGKILL");
    for (const member of found) {
      seen.add(`${member.pid} ${member.startId}`);
      if (isCleaner(member)) spared.push(member);
      else signalProcess(member, "SIGKILL");
    }
  }
  return { spared, hadMembers: seen.size > 0 };
}

/** Waits until spared processes have done their work, and kills those that do not exit. */
export async function endCleaners(spared: readonly ProcessIdentity[]): Promise<void> {
  const left = await whenGone(spared, CLEANERS_MS);
  for (const cleaner of left) signalProcess(cleaner, "SIGKILL");
}

/**
 * Ends everything in a tree: with `graceMs` it first gets SIGTERM, then SIGKILL.
 *
 * @returns processes that survive SIGKILL because the system cannot end them
 */
export async function endTree(
  tree: Tree,
  { graceMs = 0 }: { readonly graceMs?: number } = {},
): Promise<readonly ProcessIdentity[]> {
  if (process.platform !== "linux") return endGroups(tree, graceMs);
  if (graceMs > 0) {
    const asked = membersOf(tree).filter((member) => !isCleaner(member));
    for (const member of asked) signalProcess(member, "SIGTERM");
    await whenGone(asked, graceMs);
  }
  const deadlineMs = performance.now() + KILL_WAIT_MS;
  for (;;) {
    const { spared, hadMembers } = killMembers(tree);
    if (!hadMembers) return [];
    await endCleaners(spared);
    const left = await whenGone(membersOf(tree), ROUND_MS);
    if (performance.now() >= deadlineMs) return left;
  }
}

async function endGroups(tree: Tree, graceMs: number): Promise<readonly ProcessIdentity[]> {
  const leaders = ownLeaders(tree);
  if (graceMs > 0) signalGroups(tree, "SIGTERM");
  await groupsGone(leaders, graceMs);
  signalGroups({ ...tree, leaders }, "SIGKILL");
  return groupsGone(leaders, KILL_WAIT_MS);
}

function signalGroups(tree: Tree, signal: NodeJS.Signals): void {
  for (const { pid } of ownLeaders(tree)) signalGroup(pid, signal);
}

async function groupsGone(
  leaders: readonly ProcessIdentity[],
  limitMs: number,
): Promise<readonly ProcessIdentity[]> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const left = leaders.filter(({ pid }) => signalGroup(pid, 0));
    if (left.length === 0 || performance.now() >= deadlineMs) return left;
    await delay(POLL_MS);
  }
}

/** Waits until the processes are gone, but no longer than `limitMs`. @returns those that are left */
async function whenGone<Identity extends ProcessIdentity>(
  processes: readonly Identity[],
  limitMs: number,
): Promise<readonly Identity[]> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const left = processes.filter(isAlive);
    if (left.length === 0 || performance.now() >= deadlineMs) return left;
    await delay(POLL_MS);
  }
}

function isCleaner({ pid }: ProcessIdentity): boolean {
  return CLEANERS.test(commandOf(pid));
}
