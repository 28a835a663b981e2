import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { type HomeProcess, runSchedule, type Target } from "../src/mod.ts";

/** A real process that stands for a worker. */
async function sleeper(t: ExecutionContext): Promise<HomeProcess> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  t.teardown(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return { pid: child.pid ?? -1, kind: "worker", command: "sleep" };
}

/** R, S, T (stopped), Z; see proc(5). */
function stateOf({ pid }: HomeProcess): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

function target(processes: readonly HomeProcess[]): Target {
  return { jobId: "J1", processes: () => processes };
}

test("runSchedule() injects a fault at its point of progress, and heals it when the job is over", async (t) => {
  const worker = await sleeper(t);
  const before: string[] = [];
  const injections = await runSchedule([{ kind: "stop-worker", at: 0.5, draw: 0 }], {
    target: target([worker]),
    progress: async () => {
      const state = stateOf(worker);
      before.push(state);
      return { share: before.length / 4, isOver: state === "T" };
    },
    signal: new AbortController().signal,
  });
  t.is(injections[0]?.what, `worker ${worker.pid}`);
  t.false(before.slice(0, 2).includes("T"), "it runs until the share is reached");
  t.is(before.at(-1), "T", "it is stopped then");
  // A signal is sent before it is seen.
  while (stateOf(worker) === "T") await delay(5);
  t.pass("it goes on when the job is over");
});

test("runSchedule() leaves out faults that the job's end left no time for", async (t) => {
  const worker = await sleeper(t);
  const injections = await runSchedule([{ kind: "kill-worker", at: 0.5, draw: 0 }], {
    target: target([worker]),
    progress: async () => ({ share: 1, isOver: true }),
    signal: new AbortController().signal,
  });
  t.deepEqual(injections, []);
  t.not(stateOf(worker), "Z");
});

test("runSchedule() leaves out faults that the target does not support", async (t) => {
  let looks = 0;
  const schedule = (["disk-full", "clock-back", "expire-leases", "kill-service"] as const).map((kind) => ({
    kind,
    at: 0,
    draw: 0,
  }));
  const injections = await runSchedule(schedule, {
    target: target([]),
    progress: async () => ({ share: 0.1, isOver: ++looks > 4 }),
    signal: new AbortController().signal,
  });
  t.deepEqual(injections, []);
});
