import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { ExecutionContext } from "ava";
import { endTree, identify, TREE_VARIABLE, treeName } from "../src/mod.ts";

/** A tree of which nothing outlives the test. */
export function testTree(t: ExecutionContext): string {
  const name = treeName("test/", randomBytes(8).toString("hex"));
  t.teardown(() => endTree({ names: [name] }));
  return name;
}

/** Ready, and does nothing: the shell itself sleeps, since a child would outlive it. */
export const SLEEP = "echo ready; exec sleep 1000";

/** A shell in a session of its own that has run `script` up to the line `ready`. @returns it, and what it printed before */
export async function startShell(
  script: string,
  options: { readonly tree?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly lines: readonly string[] }> {
  const { tree, env = {} } = options;
  const child = spawn("bash", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env, ...(tree !== undefined && { [TREE_VARIABLE]: tree }) },
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ready") break;
    lines.push(line);
  }
  return { child, pid: child.pid as number, lines };
}

export function isRunning(pid: number): boolean {
  return identify(pid).startId !== undefined;
}

/** Ends a shell and waits until it was reaped. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, deadlineMs = 180_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so after ${deadlineMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
